#pragma once

// $where: whether a script says so of a document, which is `this` and `obj` to it.

#include <cstdint>
#include <span>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "value/value.h"

namespace octavo::mongodb {
namespace op {

// (row, program): the program is a constant (javascript/script.h).
inline constexpr std::uint16_t kWhere = operation_block::kMatch + 190;

}  // namespace op

std::span<const OperationRow> where_operations();

Result<algebra::ExprPtr> parse_where(const value::Value& operand, const algebra::ExprPtr& row);

}  // namespace octavo::mongodb
