// Queries within expressions: plans that are run when they are met (algebra::Subplan).

#include <algorithm>
#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/correlation.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::Comparison;
using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::SubplanKind;

// What decides `x > ALL (…)`: whether there is one for which `x <= …`.
struct ComparisonRow {
  BinaryOperator op;
  Comparison comparison, opposite;
};
constexpr std::array kComparisons{
    ComparisonRow{BinaryOperator::equal, Comparison::equal, Comparison::not_equal},
    ComparisonRow{BinaryOperator::not_equal, Comparison::not_equal, Comparison::equal},
    ComparisonRow{BinaryOperator::less, Comparison::less, Comparison::greater_or_equal},
    ComparisonRow{BinaryOperator::less_or_equal, Comparison::less_or_equal, Comparison::greater},
    ComparisonRow{BinaryOperator::greater, Comparison::greater, Comparison::less_or_equal},
    ComparisonRow{BinaryOperator::greater_or_equal, Comparison::greater_or_equal, Comparison::less},
};

// What does not change whether there is a row is left out.
PlanPtr for_existence(PlanPtr plan) {
  for (;;) {
    PlanPtr input;
    if (const auto* map = std::get_if<algebra::Map>(&plan->node)) input = map->input;
    if (const auto* sort = std::get_if<algebra::Sort>(&plan->node)) input = sort->input;
    if (const auto* distinct = std::get_if<algebra::Distinct>(&plan->node)) input = distinct->input;
    if (input == nullptr) return plan;
    plan = std::move(input);
  }
}

// As a list of IN, whose items may be keys of an index.
constexpr std::size_t kMostLiteralRows = 1000;

// As of (SELECT 1), which is 1. Nothing: the rows have to be made.
std::optional<value::Value> only_literal_row(const algebra::Plan& plan) {
  const auto* const values = std::get_if<algebra::Values>(&plan.node);
  if (values == nullptr || values->rows.size() != 1) return std::nullopt;
  return values->rows.front();
}

// Both sides of a comparison as what their values compare by in the native order.
struct KeyPair {
  ExprPtr left, right;
};
Result<KeyPair> keys_of_comparison(const Typed& left, const Typed& right,
                                   const CallContext& calls) {
  TRY(const Typed equal, bind_binary(BinaryOperator::equal, left, right, calls));
  const auto* const call = std::get_if<algebra::Call>(&equal.expression->node);
  if (call == nullptr || call->args.size() < 2) return not_supported("comparison with a subquery");
  const auto key_by = [&](std::uint16_t operation) {
    const auto key_of = [&](const ExprPtr& side) {
      std::vector<ExprPtr> args = call->args;
      args.erase(args.begin(), args.begin() + 1);
      args.front() = side;
      return algebra::call({kFamily, operation}, std::move(args));
    };
    return KeyPair{key_of(call->args[0]), key_of(call->args[1])};
  };
  switch (call->function.number) {
    case op::kEqual: return KeyPair{call->args[0], call->args[1]};
    case op::kEqualText: return key_by(op::kCollationKey);  // of a text and the collation
    case op::kEqualJson: return key_by(op::kJsonKey);
    default: return not_supported("comparison with a subquery");
  }
}

}  // namespace

Result<BoundQuery> ExprBinder::bind_query_within(const Query& query, Correlation& correlation) {
  if (!binding_.context().may_have_subqueries) return not_supported("subquery in a definition");
  const Binding::Nested nested(binding_, Binding::Within::expression);
  TRY_STATUS(nested.check());
  const Surroundings around{
      .outer = place_.scope, .common = place_.around.common, .correlation = &correlation};
  return bind_inner_query(query, around, binding_);
}

// The columns of the only row, or nulls.
Result<ExprBinder::Columns> ExprBinder::bind_subquery(const Query& query) {
  Correlation correlation(binding_, *this);
  TRY(BoundQuery bound, bind_query_within(query, correlation));
  if (const auto row = only_literal_row(*bound.plan)) {
    Columns columns;
    for (const OutputColumn& column : bound.columns) {
      columns.push_back(typed_constant(row->as_array()[columns.size()], column.type));
    }
    return columns;
  }
  // One more than there may be tells of the error.
  PlanPtr plan = algebra::make_plan(algebra::Limit{.input = std::move(bound.plan), .count = 2});
  const ExprPtr row =
      algebra::call({kFamily, op::kOnlyRow},
                    {algebra::subplan(correlation.subplan(SubplanKind::rows, std::move(plan)))});
  Columns columns;
  for (const OutputColumn& column : bound.columns) {
    columns.push_back(bind_element(row, columns.size(), with_null(column.type, true)));
  }
  return columns;
}

Result<Typed> ExprBinder::bind_exists(const Query& query) {
  Correlation correlation(binding_, *this);
  TRY(BoundQuery bound, bind_query_within(query, correlation));
  const Type type = with_null(boolean_type(), false);
  PlanPtr plan = for_existence(std::move(bound.plan));
  if (const auto* const values = std::get_if<algebra::Values>(&plan->node)) {
    return typed_constant(value::Value::boolean(!values->rows.empty()), type);
  }
  return Typed{algebra::subplan(correlation.subplan(SubplanKind::exists, std::move(plan))), type};
}

// x = ANY (query), x > ALL (query): not one for which x <= …
Result<Typed> ExprBinder::bind_quantified(const Quantified& quantified) {
  TRY(const Columns operand, bind_columns(*quantified.left));
  const auto* const row = std::ranges::find(kComparisons, quantified.op, &ComparisonRow::op);
  if (row == kComparisons.end()) return not_supported("this comparison with ANY or ALL");
  const Comparison comparison = quantified.all ? row->opposite : row->comparison;
  // Rows are only compared for equality.
  if (operand.size() > 1 && comparison != Comparison::equal) return error<1241>("1");
  TRY(Typed any, bind_any(comparison, operand, *quantified.query));
  if (!quantified.all) return any;
  return sql::bind_unary(UnaryOperator::logical_not, std::move(any), binding_.calls());
}

Result<Typed> ExprBinder::bind_any(Comparison comparison, const Columns& operand,
                                   const Query& query) {
  Correlation correlation(binding_, *this);
  TRY(BoundQuery bound, bind_query_within(query, correlation));
  if (bound.columns.size() != operand.size()) return error<1241>(std::to_string(operand.size()));
  const auto* const literal = std::get_if<algebra::Values>(&bound.plan->node);
  if (literal != nullptr && literal->rows.empty()) {
    return typed_constant(value::Value::boolean(false), with_null(boolean_type(), false));
  }
  if (literal != nullptr && comparison == Comparison::equal &&
      literal->rows.size() <= kMostLiteralRows) {
    std::vector<Columns> items;
    for (const value::Value& row : literal->rows) {
      Columns& item = items.emplace_back();
      for (std::size_t i = 0; i < operand.size(); ++i) {
        item.push_back(typed_constant(row.as_array()[i], bound.columns[i].type));
      }
    }
    return bind_in_rows(false, operand, std::move(items));
  }
  const algebra::VarId row = binding_.fresh();
  std::vector<ExprPtr> left;
  std::vector<ExprPtr> right;
  bool nullable = false;
  for (std::size_t i = 0; i < operand.size(); ++i) {
    const Typed element = bind_element(algebra::variable(row), i, bound.columns[i].type);
    TRY(KeyPair keys, keys_of_comparison(operand[i], element, binding_.calls()));
    left.push_back(std::move(keys.left));
    right.push_back(std::move(keys.right));
    nullable = nullable || operand[i].type.nullable || element.type.nullable;
  }
  PlanPtr plan = algebra::make_plan(
      algebra::Map{.input = std::move(bound.plan),
                   .function = algebra::lambda({row}, algebra::make_array(std::move(right)))});
  algebra::Subplan node = correlation.subplan(SubplanKind::any, std::move(plan));
  node.operand = algebra::make_array(std::move(left));
  node.comparison = comparison;
  return Typed{algebra::subplan(std::move(node)), with_null(boolean_type(), nullable)};
}

}  // namespace octavo::sql
