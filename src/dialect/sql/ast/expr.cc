#include "dialect/sql/ast/expr.h"

namespace octavo::sql {
namespace {

bool node_in_parentheses(const Unary& unary) { return unary.op == UnaryOperator::logical_not; }
bool node_in_parentheses(const Binary& binary) {
  return binary.op != BinaryOperator::json_extract && binary.op != BinaryOperator::json_unquote;
}
bool node_in_parentheses(const Assign& /*assign*/) { return true; }
bool node_in_parentheses(const Junction& /*junction*/) { return true; }
bool node_in_parentheses(const Is& /*is*/) { return true; }
bool node_in_parentheses(const Collate& /*collate*/) { return true; }
bool node_in_parentheses(const Subquery& /*subquery*/) { return true; }
bool node_in_parentheses(Ref<Like> /*like*/) { return true; }
bool node_in_parentheses(Ref<Between> /*between*/) { return true; }
bool node_in_parentheses(Ref<In> /*in*/) { return true; }
bool node_in_parentheses(Ref<Quantified> /*quantified*/) { return true; }
template <class Node>
bool node_in_parentheses(const Node& /*operand*/) {
  return false;
}

}  // namespace

bool in_parentheses(const Expr& expr) {
  return std::visit([](const auto& node) { return node_in_parentheses(node); }, expr.node);
}

}  // namespace octavo::sql
