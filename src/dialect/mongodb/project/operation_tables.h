#pragma once

// The operations of projections, one table for each file; dialect/mongodb/family puts them into the
// table of all.

#include <span>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::span<const OperationRow> shape_operations();
std::span<const OperationRow> array_operations_of_projections();

}  // namespace octavo::mongodb
