#pragma once

// The operations of filters, one table for each file; dialect/mongodb/family puts them into the
// table of all.

#include <span>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::span<const OperationRow> test_operations();  // tests of values at a path
std::span<const OperationRow> logic_operations_of_filters();
std::span<const OperationRow> element_operations();  // $elemMatch
std::span<const OperationRow> schema_operations();   // $jsonSchema
std::span<const OperationRow> geometry_operations();
std::span<const OperationRow> text_operations_of_filters();

}  // namespace octavo::mongodb
