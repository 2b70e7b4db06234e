#pragma once

// Making an index of a collection that has documents.

#include "base/result.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/write_rows.h"

namespace octavo::mongodb {

class CommandCall;

// Adds it and waits until it is built. A unique one for which two documents have the same key is
// dropped again: 11000. On a worker.
Expected<void, WriteError> build_index(CommandCall& call, const Collection& collection,
                                       const catalog::IndexDefinition& index);

// 11000 where two documents have the same key of it.
Expected<void, WriteError> refuse_duplicates(CommandCall& call, const Collection& collection,
                                             const catalog::IndexDefinition& index);

}  // namespace octavo::mongodb
