#include "dialect/sql/bind/expr_binder.h"

#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/parameter_variable.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

Result<Typed> ExprBinder::bind(const Expr& expr) {
  const auto* const name = std::get_if<ColumnName>(&expr.node);
  TRY(Typed bound, name == nullptr ? bind_part(expr) : bind_name(*name, true));
  bound.expression = fold(bound.expression, binding_.calls());
  return bound;
}

Result<std::vector<Typed>> ExprBinder::bind_conjuncts(const Expr& expr) {
  std::vector<Typed> conjuncts;
  const auto add = [&](const Expr& part) -> Status {
    TRY(Typed bound, bind(part));
    Typed condition = bound;
    TRY(condition.expression, as_condition(std::move(bound), binding_.calls()));
    condition.expression = fold(condition.expression, binding_.calls());
    condition.type = with_null(boolean_type(), false);
    conjuncts.push_back(std::move(condition));
    return {};
  };
  const auto* const junction = std::get_if<Junction>(&expr.node);
  if (junction == nullptr || !junction->all) {
    TRY_STATUS(add(expr));
    return conjuncts;
  }
  for (const Expr& part : junction->operands) TRY_STATUS(add(part));
  return conjuncts;
}

Result<Typed> ExprBinder::bind_part(const Expr& expr) {
  const CallContext& calls = binding_.calls();
  if (Reuse* const reuse = binding_.context().reuse; reuse != nullptr && !may_be_reused(expr)) {
    reuse->refuse();
  }
  return std::visit(
      Overloaded{
          [&](const Literal& node) { return bind_literal(node, calls); },
          [&](const Introduced& node) { return bind_introduced(node, calls); },
          [&](const ColumnName& node) { return bind_name(node, false); },
          [&](const Star&) -> Result<Typed> { return not_supported("*"); },
          [&](const Parameter& node) { return bind_parameter(node); },
          [&](const UserVariable& node) -> Result<Typed> {
            for (const auto& [name, field] : binding_.of_line) {
              if (same_name(name, node.name)) return field;
            }
            TRY(Constant value, binding_.context().variables.user(node.name));
            return typed_constant(std::move(value.value), std::move(value.type));
          },
          [&](const SystemVariable& node) -> Result<Typed> {
            TRY(Constant value, binding_.context().variables.system(node));
            return typed_constant(std::move(value.value), std::move(value.type));
          },
          [&](const Assign&) -> Result<Typed> { return not_supported("@variable := expression"); },
          [&](const Unary& node) { return bind_unary_node(node); },
          [&](const Binary& node) { return bind_binary_node(node); },
          [&](const Junction& node) { return bind_junction_node(node); },
          [&](const Is& node) -> Result<Typed> {
            TRY(Typed operand, bind_part(*node.operand));
            return bind_is(node.truth, node.negated, std::move(operand), calls);
          },
          [&](const Exists& node) { return bind_exists(*node.query); },
          [&](const Subquery& node) -> Result<Typed> {
            TRY(Columns columns, bind_subquery(*node.query));
            if (columns.size() != 1) return error<1241>("1");
            return std::move(columns.front());
          },
          [&](const RowOf&) -> Result<Typed> { return error<1241>("1"); },
          [&](const Collate& node) -> Result<Typed> {
            TRY(Typed operand, bind_part(*node.operand));
            return bind_collate(std::move(operand), node.collation, calls);
          },
          [&](const Interval&) -> Result<Typed> { return not_supported("INTERVAL"); },
          [&](const Word& node) -> Result<Typed> { return not_supported(node.text); },
          [&](const TypeName&) -> Result<Typed> { return not_supported("type"); },
          [&](const Default& node) { return bind_default(node); },
          [&](Ref<Like> node) { return bind_like_node(*node); },
          [&](Ref<Between> node) { return bind_between_node(*node); },
          [&](Ref<In> node) { return bind_in_node(*node); },
          [&](Ref<Quantified> node) { return bind_quantified(*node); },
          [&](Ref<Case> node) { return bind_case_node(*node); },
          [&](Ref<Cast> node) -> Result<Typed> {
            if (node->array) return not_supported("CAST(... AS type ARRAY)");
            if (!node->zone.empty()) return not_supported("AT TIME ZONE");
            TRY(Typed operand, bind_part(*node->operand));
            return bind_cast(std::move(operand), *node->type, calls);
          },
          // There are no full-text indexes.
          [&](Ref<Match>) -> Result<Typed> { return error<1191>(); },
          [&](Ref<Call> node) { return bind_call_node(*node); },
      },
      expr.node);
}

Result<std::vector<Typed>> ExprBinder::bind_parts(const List<Expr>& exprs) {
  std::vector<Typed> bound;
  bound.reserve(exprs.size());
  for (const Expr& expr : exprs) {
    TRY(Typed part, bind_part(expr));
    bound.push_back(std::move(part));
  }
  return bound;
}

// A parameter whose value is of no concern stays a variable.
Result<Typed> ExprBinder::bind_stored(const Expr& expr, const catalog::ColumnDefinition* column) {
  std::optional<Typed> variable = column == nullptr ? std::nullopt : variable_of(expr);
  const bool stays =
      variable && stores_as_variable(variable->type, column_type(column->type, true));
  return stays ? Result<Typed>(*std::move(variable)) : bind(expr);
}

std::optional<Typed> ExprBinder::variable_of(const Expr& expr) const {
  const auto* const parameter = std::get_if<Parameter>(&expr.node);
  const std::span<const Constant> given = binding_.context().parameters;
  const bool may_stay = binding_.context().reuse != nullptr && parameter != nullptr &&
                        parameter->number < given.size();
  if (!may_stay) return std::nullopt;
  return Typed{algebra::variable(parameter_variable(parameter->number)),
               given[parameter->number].type};
}

Result<Typed> ExprBinder::bind_beside(const Expr& expr, const Type& other, FitsAsVariable fits) {
  if (auto typed = typed_parameter(expr, other)) return *std::move(typed);
  const std::optional<Typed> variable = variable_of(expr);
  return variable && fits(variable->type, other) ? Result<Typed>(*variable) : bind_part(expr);
}

Result<ExprBinder::Pair> ExprBinder::bind_pair(const Expr& left, const Expr& right,
                                               FitsAsVariable fits) {
  if (std::holds_alternative<Parameter>(left.node)) {
    TRY(Typed bound_right, bind_part(right));
    TRY(Typed bound_left, bind_beside(left, bound_right.type, fits));
    return Pair{std::move(bound_left), std::move(bound_right)};
  }
  TRY(Typed bound_left, bind_part(left));
  TRY(Typed bound_right, bind_beside(right, bound_left.type, fits));
  return Pair{std::move(bound_left), std::move(bound_right)};
}

// A parameter without a value is of the type of what stands beside it.
std::optional<Typed> ExprBinder::typed_parameter(const Expr& expr, const Type& other) const {
  const auto* const parameter = std::get_if<Parameter>(&expr.node);
  std::vector<Type>* const types = binding_.context().parameter_types;
  if (parameter == nullptr || types == nullptr || parameter->number >= types->size()) return {};
  Type type = other;
  if (other.is_integer()) type = big_integer(other.is_unsigned());
  if (other.kind() == Kind::boolean) type = big_integer();
  if (other.kind() == Kind::real) type = double_type();
  type.flags = 0;
  type.nullable = true;
  (*types)[parameter->number] = type;
  return typed_constant(value::Value(), std::move(type));
}

Result<Typed> ExprBinder::bind_parameter(const Parameter& parameter) {
  const std::span<const Constant> given = binding_.context().parameters;
  if (binding_.context().reuse != nullptr) binding_.context().reuse->refuse();
  if (parameter.number >= given.size()) return typed_constant(value::Value(), null_type());
  const Constant& constant = given[parameter.number];
  // Other executions may have none.
  return typed_constant(constant.value, with_null(constant.type, true));
}

}  // namespace octavo::sql
