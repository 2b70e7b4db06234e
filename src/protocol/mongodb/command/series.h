#pragma once

// Time series: collections whose documents have a time. They are kept as other collections are,
// document by document.

#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/collection.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;
struct IndexSpec;  // index_definition.h

// Null: the collection is none.
const value::Value* series_options(const catalog::TableDefinition& table);
// 2 where a document that is to be inserted has no date at the field of the time.
Status check_measurement(const value::Value& series, const value::Value& document);
// 72 for an index that no time series may have.
Status check_series_index(const catalog::TableDefinition& table, const IndexSpec& spec);
// Makes documents go as `expireAfterSeconds` says, by an index of the time. Of other collections it
// does nothing.
Status add_series_expiry(CommandCall& call, const Collection& collection);

}  // namespace octavo::mongodb
