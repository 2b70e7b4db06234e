#pragma once

// Operators that run JavaScript: $function, and what mapReduce is made of.

#include <cstdint>
#include <span>

#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/operator.h"

namespace octavo::mongodb {
namespace op {

// (program, arguments): the program is a constant (javascript/script.h), of one function.
inline constexpr std::uint16_t kFunction = operation_block::kObject + 60;
// (program, this): an array of {k, v}.
inline constexpr std::uint16_t kEmits = kFunction + 1;

}  // namespace op

std::span<const OperationRow> script_operations();

// Parsers of rows of misc.cc.
Result<algebra::ExprPtr> parse_function(const OperatorUse& use);
Result<algebra::ExprPtr> parse_emit(const OperatorUse& use);

}  // namespace octavo::mongodb
