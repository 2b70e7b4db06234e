#pragma once

// The tables of operators, one for each file that has some. `operator.cc` puts them together.

#include <span>

#include "dialect/mongodb/expression/operator.h"

namespace octavo::mongodb {

std::span<const OperatorRow> arithmetic_operators();
std::span<const OperatorRow> unary_operators();
std::span<const OperatorRow> bits_operators();
std::span<const OperatorRow> totals_operators();
std::span<const OperatorRow> compare_operators();
std::span<const OperatorRow> logic_operators();
std::span<const OperatorRow> types_operators();
std::span<const OperatorRow> array_read_operators();
std::span<const OperatorRow> array_build_operators();
std::span<const OperatorRow> array_loop_operators();
std::span<const OperatorRow> array_order_operators();
std::span<const OperatorRow> set_operators();
std::span<const OperatorRow> text_operators();
std::span<const OperatorRow> text_search_operators();
std::span<const OperatorRow> regex_operators();
std::span<const OperatorRow> date_part_operators();
std::span<const OperatorRow> date_math_operators();
std::span<const OperatorRow> date_fields_operators();
std::span<const OperatorRow> date_text_operators();
std::span<const OperatorRow> convert_operators();
std::span<const OperatorRow> object_operators();
std::span<const OperatorRow> misc_operators();
std::span<const OperatorRow> percentile_operators();

constexpr std::span<const OperatorRow> (*kOperatorTables[])() = {
    arithmetic_operators,  unary_operators,       bits_operators,        totals_operators,
    compare_operators,     logic_operators,       types_operators,       array_read_operators,
    array_build_operators, array_loop_operators,  array_order_operators, set_operators,
    text_operators,        text_search_operators, regex_operators,       date_part_operators,
    date_math_operators,   date_fields_operators, date_text_operators,   convert_operators,
    object_operators,      misc_operators,        percentile_operators,
};

}  // namespace octavo::mongodb
