#pragma once

// Keys that two documents of a collection have in an index that is to be unique, before the index
// is there to tell.

#include <optional>

#include "base/result.h"
#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// An entry as `duplicate_entry` takes it (write_rows.h); nothing: no two documents share one. Reads
// the whole collection; 146 where its keys do not fit into the request's memory.
Result<std::optional<value::Value>> find_duplicate(CommandCall& call, TableId table,
                                                   const catalog::IndexDefinition& index);

}  // namespace octavo::mongodb
