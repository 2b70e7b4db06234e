#pragma once

// The operations of indexes; dialect/mongodb/family puts them into the table of all.

#include <span>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::span<const OperationRow> index_operations();
std::span<const OperationRow> special_index_operations();

}  // namespace octavo::mongodb
