#include "dialect/sql/function/kernels.h"

#include <algorithm>
#include <vector>

#include "dialect/sql/function/kernel_loops.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/share.h"

namespace octavo::sql {

std::span<const KernelRow> kernel_rows() {
  static const std::vector<KernelRow> kRows = [] {
    std::vector<KernelRow> rows;
    for (const auto table :
         {logic_kernels(), arithmetic_kernels(), comparison_kernels(), text_kernels()}) {
      rows.insert(rows.end(), table.begin(), table.end());
    }
    return rows;
  }();
  return kRows;
}

const value::Value* constant_at(const algebra::Call& call, std::size_t place) {
  if (place >= call.args.size()) return nullptr;
  const auto* const constant = std::get_if<algebra::Const>(&call.args[place]->node);
  return constant == nullptr ? nullptr : &constant->value;
}

const double* as_doubles(const KernelCall& call, const Operand& operand, Doubles& room) {
  if (operand.form == Form::real) return operand.as<double>();
  if (!is_exact(operand.form)) return nullptr;
  const auto* const units = operand.as<std::int64_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    room[row] = 0;
    if (call.states[row] != kPresent) continue;
    const auto number = nearest_double(units[row], operand.scale);
    if (number) {
      room[row] = *number;
    } else {
      call.states[row] = kDeferred;
    }
  }
  return room.data();
}

algebra::ExprPtr in_kernel_terms(const algebra::Call& call) {
  if (algebra::ExprPtr other = unshared(call)) return other;
  constexpr std::size_t kOne = 3;  // condition, result, otherwise
  if (call.function != algebra::FunctionId{kFamily, op::kCase}) return nullptr;
  const std::span args(call.args);
  if (args.size() < 2) return nullptr;
  const auto otherwise = [&]() -> algebra::ExprPtr {
    if (args.size() == 2) return algebra::constant(value::Value());
    if (args.size() == kOne) return args[2];
    return algebra::call(call.function, {args.begin() + 2, args.end()});
  };
  return algebra::call({kFamily, op::kIf}, {args[0], args[1], otherwise()});
}

}  // namespace octavo::sql
