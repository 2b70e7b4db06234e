#pragma once

// The tables of operations, one for each block of numbers, and of names. A new table is a
// declaration here and a line in tables.cc.

#include <span>

#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation.h"

namespace octavo::sql {

std::span<const OperationRow> access_operations();
std::span<const OperationRow> logic_operations();
std::span<const OperationRow> arithmetic_operations();
std::span<const OperationRow> bit_operations();
std::span<const OperationRow> comparison_operations();
std::span<const OperationRow> pattern_operations();
std::span<const OperationRow> conversion_operations();
std::span<const OperationRow> time_conversions();
std::span<const OperationRow> read_operations();
std::span<const OperationRow> store_operations();

std::span<const NameRow> control_names();  // IF, IFNULL, NULLIF, COALESCE, …

}  // namespace octavo::sql
