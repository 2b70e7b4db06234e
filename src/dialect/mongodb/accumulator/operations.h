#pragma once

// Operations that sorts and accumulators need. They are of the block of pipelines.

#include <cstdint>
#include <span>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {
namespace op {

enum Accumulation : std::uint16_t {
  kOrNull = operation_block::kPipeline,  // (any): null for what is missing
  kSortKey,       // (document, pattern, number): the key of a field of the pattern
  kSortKeys,      // (document, pattern): all of them
  kRandomKey,     // (): not the same each time
  kCollationKey,  // (any): what compares by BSON's order as the collation of the call says
  kPipelineEnd,
};

}  // namespace op

std::span<const OperationRow> accumulation_operations();

}  // namespace octavo::mongodb
