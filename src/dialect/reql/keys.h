#pragma once

// Which datums may be keys, and how long primary keys may get.

#include <string_view>

#include "base/result.h"
#include "dialect/reql/datum.h"

namespace octavo::reql {

constexpr std::size_t kMaxPrimaryKeyBytes = 127;  // in the text form that RethinkDB gives a key

struct TableInfo;

// «Primary keys must be either a number, string, bool, pseudotype or array (got type NULL): …».
// minval and maxval pass: they stand for bounds.
Status check_primary_key(const TableInfo& table, const Value& key);
// The same for a bound or key of a secondary index.
Status check_index_key(const Value& key);

}  // namespace octavo::reql
