#pragma once

// What stages like $collStats and $currentOp read: documents that are made when the pipeline is
// planned.

#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

Result<std::vector<value::Value>> read_source(CommandCall& call, OtherSource source,
                                              const CollectionName& name, const value::Value& spec);

}  // namespace octavo::mongodb
