#pragma once

// The operations that code refers to by number. Stored with expressions: never used again for
// something else.

#include <cstdint>

#include "dialect/sql/function/operation.h"

namespace octavo::sql::op {

enum Access : std::uint16_t {
  kField = operation_block::kAccess,  // (document, name, [shown])
  kElement,                           // (array, place, [shown])
};

}  // namespace octavo::sql::op
