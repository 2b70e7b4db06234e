#pragma once

// The operations of named functions that others than their own file refer to.

#include <cstdint>

#include "dialect/sql/function/operation.h"

namespace octavo::sql::op {

enum Named : std::uint16_t {
  kConcat = operation_block::kText + 20,  // (strings ...)
};

}  // namespace octavo::sql::op
