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

// Named functions.
std::span<const OperationRow> rounding_operations();
std::span<const OperationRow> real_operations();
std::span<const OperationRow> numeral_operations();
std::span<const OperationRow> text_part_operations();
std::span<const OperationRow> text_build_operations();
std::span<const OperationRow> text_measure_operations();
std::span<const OperationRow> text_search_operations();
std::span<const OperationRow> regexp_operations();
std::span<const OperationRow> time_part_operations();
std::span<const OperationRow> time_add_operations();
std::span<const OperationRow> time_difference_operations();
std::span<const OperationRow> time_make_operations();
std::span<const OperationRow> time_format_operations();
std::span<const OperationRow> time_now_operations();
std::span<const OperationRow> json_read_operations();
std::span<const OperationRow> json_search_operations();
std::span<const OperationRow> json_write_operations();
std::span<const OperationRow> hash_operations();
std::span<const OperationRow> address_operations();
std::span<const OperationRow> information_operations();
std::span<const OperationRow> lock_operations();

std::span<const NameRow> control_names();  // IF, IFNULL, NULLIF, COALESCE, …
std::span<const NameRow> rounding_names();
std::span<const NameRow> real_names();
std::span<const NameRow> numeral_names();
std::span<const NameRow> text_part_names();
std::span<const NameRow> text_build_names();
std::span<const NameRow> text_measure_names();
std::span<const NameRow> text_search_names();
std::span<const NameRow> regexp_names();
std::span<const NameRow> time_part_names();
std::span<const NameRow> time_add_names();
std::span<const NameRow> time_difference_names();
std::span<const NameRow> time_make_names();
std::span<const NameRow> time_format_names();
std::span<const NameRow> time_now_names();
std::span<const NameRow> json_read_names();
std::span<const NameRow> json_search_names();
std::span<const NameRow> json_write_names();
std::span<const NameRow> hash_names();
std::span<const NameRow> address_names();
std::span<const NameRow> information_names();
std::span<const NameRow> lock_names();
std::span<const NameRow> unsupported_names();

}  // namespace octavo::sql
