#pragma once

// The tables of operations, one for each file that has some. `operation.cc` puts them together.

#include <span>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::span<const OperationRow> access_operations();
std::span<const OperationRow> arithmetic_operations();
std::span<const OperationRow> unary_operations();
std::span<const OperationRow> bits_operations();
std::span<const OperationRow> totals_operations();
std::span<const OperationRow> compare_operations();
std::span<const OperationRow> logic_operations();
std::span<const OperationRow> types_operations();
std::span<const OperationRow> array_read_operations();
std::span<const OperationRow> array_build_operations();
std::span<const OperationRow> array_loop_operations();
std::span<const OperationRow> array_order_operations();
std::span<const OperationRow> set_operations();
std::span<const OperationRow> text_operations();
std::span<const OperationRow> text_search_operations();
std::span<const OperationRow> regex_operations();
std::span<const OperationRow> date_part_operations();
std::span<const OperationRow> date_math_operations();
std::span<const OperationRow> date_fields_operations();
std::span<const OperationRow> date_text_operations();
std::span<const OperationRow> convert_operations();
std::span<const OperationRow> object_operations();
std::span<const OperationRow> misc_operations();
std::span<const OperationRow> percentile_operations();

}  // namespace octavo::mongodb
