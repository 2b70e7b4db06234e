// Operators and what else of expressions has a syntax of its own.

#include <utility>

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

constexpr bool compares(BinaryOperator op) {
  return op >= BinaryOperator::equal && op <= BinaryOperator::greater_or_equal;
}

constexpr bool computes(BinaryOperator op) {
  return op == BinaryOperator::add || op == BinaryOperator::subtract ||
         op == BinaryOperator::multiply;
}

constexpr bool divides(BinaryOperator op) {
  return op == BinaryOperator::divide || op == BinaryOperator::integer_divide ||
         op == BinaryOperator::modulo;
}

bool is_interval(const Expr& expr) { return std::holds_alternative<Interval>(expr.node); }

}  // namespace

Result<Typed> ExprBinder::bind_unary_node(const Unary& unary) {
  TRY(Typed operand, bind_part(*unary.operand));
  return sql::bind_unary(unary.op, std::move(operand), binding_.calls());
}

Result<Typed> ExprBinder::bind_binary_node(const Binary& binary) {
  const Expr& left = *binary.left;
  const Expr& right = *binary.right;
  if (compares(binary.op) && (is_row(left) || is_row(right))) {
    return bind_row_comparison(binary.op, left, right);
  }
  if (is_interval(right)) return bind_interval(binary.op, left, right);
  if (is_interval(left)) return bind_interval(binary.op, right, left);
  const FitsAsVariable fits = compares(binary.op)   ? compares_as_variable
                              : computes(binary.op) ? computes_as_variable
                                                    : nullptr;
  if (fits == nullptr && binding_.context().parameter_types != nullptr && divides(binary.op)) {
    constexpr auto kNever = [](const Type&, const Type&) { return false; };
    TRY(Pair both, bind_pair(left, right, kNever));
    return bind_binary(binary.op, std::move(both.first), std::move(both.second), binding_.calls());
  }
  if (fits != nullptr) {
    TRY(Pair both, bind_pair(left, right, fits));
    // A sum that no row is part of may be a key: it fails before rows are looked at, or never.
    const bool of_no_row =
        is_constant(both.first.expression) || is_constant(both.second.expression);
    if (computes(binary.op) && of_no_row && binding_.context().reuse != nullptr) {
      const bool named =
          names_parameters(both.first.expression) || names_parameters(both.second.expression);
      if (named) binding_.context().reuse->refuse();
    }
    return bind_binary(binary.op, std::move(both.first), std::move(both.second), binding_.calls());
  }
  TRY(Typed bound_left, bind_part(left));
  TRY(Typed bound_right, bind_part(right));
  return bind_binary(binary.op, std::move(bound_left), std::move(bound_right), binding_.calls());
}

// x + INTERVAL 1 DAY is DATE_ADD(x, INTERVAL 1 DAY).
Result<Typed> ExprBinder::bind_interval(BinaryOperator op, const Expr& time, const Expr& interval) {
  const NameRow* const row =
      find_function(op == BinaryOperator::subtract ? "DATE_SUB" : "DATE_ADD");
  if (row == nullptr) return not_supported("INTERVAL");
  std::vector<CallArgument> arguments;
  for (const Expr* const expr : {&time, &interval}) {
    TRY(CallArgument argument, bind_argument({.value = *expr}));
    arguments.push_back(std::move(argument));
  }
  return bind_call(*row, std::move(arguments), binding_.calls());
}

Result<Typed> ExprBinder::bind_junction_node(const Junction& junction) {
  TRY(std::vector<Typed> operands, bind_parts(junction.operands));
  return bind_junction(junction.all, std::move(operands), binding_.calls());
}

Result<Typed> ExprBinder::bind_between_node(const Between& between) {
  TRY(Typed operand, bind_part(*between.operand));
  TRY(Typed low, bind_beside(*between.low, operand.type, compares_as_variable));
  TRY(Typed high, bind_beside(*between.high, operand.type, compares_as_variable));
  return bind_between(between.negated, std::move(operand), std::move(low), std::move(high),
                      binding_.calls());
}

Result<Typed> ExprBinder::bind_like_node(const Like& like) {
  TRY(Typed operand, bind_part(*like.operand));
  TRY(Typed pattern, bind_part(*like.pattern));
  std::optional<Typed> escape;
  if (like.escape) {
    TRY(escape, bind_part(*like.escape));
  }
  return bind_like(like.negated, std::move(operand), std::move(pattern), std::move(escape),
                   binding_.calls());
}

Result<Typed> ExprBinder::bind_case_node(const Case& node) {
  std::optional<Typed> operand;
  if (node.operand) {
    TRY(operand, bind_part(*node.operand));
  }
  std::vector<TypedWhen> whens;
  for (const When& when : node.whens) {
    TRY(Typed condition, bind_part(when.condition));
    TRY(Typed result, bind_part(when.result));
    whens.push_back({std::move(condition), std::move(result)});
  }
  std::optional<Typed> otherwise;
  if (node.otherwise) {
    TRY(otherwise, bind_part(*node.otherwise));
  }
  return bind_case(std::move(operand), std::move(whens), std::move(otherwise), binding_.calls());
}

}  // namespace octavo::sql
