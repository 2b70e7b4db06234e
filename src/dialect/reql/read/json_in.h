#pragma once

// JSON text as datums, for r.json: strict (RFC 8259), with the messages that ReQL's users know, and
// with objects that carry $reql_type$ as what they stand for.

#include <string_view>

#include "base/result.h"
#include "dialect/reql/datum.h"

namespace octavo::reql {

// Text that is not JSON fails with `invalid_argument` and the reason alone («Invalid value.»); what
// is JSON and no datum (a repeated key, a pseudotype that is none) with `type_mismatch`.
Result<Value> parse_json(std::string_view text);

}  // namespace octavo::reql
