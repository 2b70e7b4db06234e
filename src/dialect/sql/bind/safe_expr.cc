#include "dialect/sql/bind/safe_expr.h"

#include <algorithm>

#include "base/overloaded.h"

namespace octavo::sql {
namespace {

bool all_of(const List<Expr>& exprs) { return std::ranges::all_of(exprs, may_be_bound_twice); }
bool is_safe(Ref<Expr> expr) { return !expr || may_be_bound_twice(*expr); }

bool is_safe(const Call& call) {
  return !call.over && call.order_by.empty() &&
         std::ranges::all_of(call.arguments, [](const Argument& argument) {
           return may_be_bound_twice(argument.value);
         });
}

bool is_safe(const Case& node) {
  return is_safe(node.operand) && is_safe(node.otherwise) &&
         std::ranges::all_of(node.whens, [](const When& when) {
           return may_be_bound_twice(when.condition) && may_be_bound_twice(when.result);
         });
}

}  // namespace

bool may_be_bound_twice(const Expr& expr) {
  return std::visit(
      Overloaded{
          [](const Literal&) { return true; },
          [](const Introduced&) { return true; },
          [](const ColumnName&) { return true; },
          [](const Parameter&) { return true; },
          [](const UserVariable&) { return true; },
          [](const SystemVariable&) { return true; },
          [](const Word&) { return true; },
          [](const TypeName&) { return true; },
          [](const Unary& node) { return is_safe(node.operand); },
          [](const Binary& node) { return is_safe(node.left) && is_safe(node.right); },
          [](const Junction& node) { return all_of(node.operands); },
          [](const Is& node) { return is_safe(node.operand); },
          [](const Collate& node) { return is_safe(node.operand); },
          [](const Interval& node) { return is_safe(node.amount); },
          [](const RowOf& node) { return all_of(node.items); },
          [](Ref<Like> node) {
            return is_safe(node->operand) && is_safe(node->pattern) && is_safe(node->escape);
          },
          [](Ref<Between> node) {
            return is_safe(node->operand) && is_safe(node->low) && is_safe(node->high);
          },
          [](Ref<In> node) {
            return !node->query && is_safe(node->operand) && all_of(node->items);
          },
          [](Ref<Case> node) { return is_safe(*node); },
          [](Ref<Cast> node) { return is_safe(node->operand); },
          [](Ref<Call> node) { return is_safe(*node); },
          [](const auto&) { return false; },
      },
      expr.node);
}

}  // namespace octavo::sql
