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
  // Far from those that follow it.
  kKeyPart = operation_block::kPipeline + 150,  // (any): what stands for it in a group's key
};

}  // namespace op

std::span<const OperationRow> accumulation_operations();

// What `kKeyPart` gives where there is nothing, for it is another group than that of null: no
// document has it.
const value::Value& missing_key_part();

}  // namespace octavo::mongodb
