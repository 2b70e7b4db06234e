#include "dialect/sql/bind/order.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/group_order.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

// What clients send for a parameter of LIMIT: texts, and doubles for all numbers.
std::optional<value::Value> integer_of(const value::Value& given) {
  if (given.is_string()) {
    const auto number = parse_number<std::int64_t>(given.as_string());
    return number ? std::optional(value::Value::int64(*number)) : std::nullopt;
  }
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  return number ? std::optional(value::Value::int64(*number)) : std::nullopt;
}

Result<std::uint64_t> bind_count(const Expr& expr, Binding& binding) {
  const auto* const parameter = std::get_if<Parameter>(&expr.node);
  std::vector<Type>* const types = binding.context().parameter_types;
  if (parameter != nullptr && types != nullptr && parameter->number < types->size()) {
    (*types)[parameter->number] = big_integer(true);
  }
  TRY(const Typed bound, ExprBinder(binding, {.clause = Clause::limit}).bind(expr));
  const value::Value* const constant = bound.constant();
  if (constant == nullptr) return error<1210>("LIMIT");
  if (constant->is_null()) return 0U;
  if (constant->type() == value::Type::uint64) return constant->as_uint64();
  const auto count = integer_of(*constant);
  if (!count) return error<1210>("LIMIT");
  if (count->as_int64() < 0) {
    return error<1690>("BIGINT UNSIGNED", std::to_string(count->as_int64()));
  }
  return static_cast<std::uint64_t>(count->as_int64());
}

}  // namespace

Result<std::optional<std::size_t>> position_of(const Expr& expr, std::size_t columns,
                                               Clause clause) {
  const auto* const literal = std::get_if<Literal>(&expr.node);
  if (literal == nullptr || literal->kind != LiteralKind::integer) return std::nullopt;
  const auto number = parse_number<std::size_t>(literal->text);
  if (!number || *number == 0 || *number > columns) {
    return error<1054>(literal->text, words_of(clause));
  }
  return *number - 1;
}

Result<PlanPtr> sort(PlanPtr input, std::span<const OrderKey> keys, algebra::VarId row,
                     const Binding& binding) {
  algebra::Sort node{.input = input};
  for (const OrderKey& key : keys) {
    if (key.typed.constant() != nullptr) continue;
    TRY(ExprPtr by, comparison_key(key.typed, binding.calls()));
    node.keys.push_back({.key = algebra::lambda({row}, std::move(by)),
                         .direction = key.descending ? algebra::Direction::descending
                                                     : algebra::Direction::ascending});
  }
  if (node.keys.empty() || is_in_order(input, node.keys)) return input;
  return algebra::make_plan(std::move(node));
}

Result<std::optional<std::uint64_t>> rows_taken(Ref<Limit> limit, Binding& binding) {
  if (!limit) return std::nullopt;
  TRY(const std::uint64_t count, bind_count(limit->count, binding));
  std::uint64_t skipped = 0;
  if (limit->offset) {
    TRY(skipped, bind_count(*limit->offset, binding));
  }
  if (skipped > std::numeric_limits<std::uint64_t>::max() - count) return std::nullopt;
  return skipped + count;
}

Status add_limit(Ref<Limit> limit, Binding& binding, PlanPtr& plan) {
  if (!limit) return {};
  algebra::Limit node{.input = std::move(plan)};
  TRY(node.count, bind_count(limit->count, binding));
  if (limit->offset) {
    TRY(node.skip, bind_count(*limit->offset, binding));
  }
  plan = algebra::make_plan(std::move(node));
  return {};
}

Result<std::vector<ExprPtr>> comparison_keys(const ExprPtr& row, std::span<const Type> types,
                                             const Binding& binding) {
  std::vector<ExprPtr> keys;
  for (std::size_t i = 0; i < types.size(); ++i) {
    TRY(ExprPtr key, comparison_key(bind_element(row, i, types[i]), binding.calls()));
    keys.push_back(std::move(key));
  }
  return keys;
}

bool is_distinct_as_it_is(std::span<const Type> types) {
  return std::ranges::all_of(types, compares_as_it_is);
}

namespace {

// What the aggregate gives for the first row of each group.
PlanPtr first_of_groups(PlanPtr input, std::vector<ExprPtr> keys, ExprPtr row, algebra::VarId of,
                        Binding& binding) {
  for (ExprPtr& key : keys) key = algebra::lambda({of}, std::move(key));
  algebra::Aggregate first = bind_any_value({std::move(row), any_type()}).aggregate;
  first.argument = algebra::lambda({of}, std::move(first.argument));
  PlanPtr groups = algebra::make_plan(algebra::Group{
      .input = std::move(input), .keys = std::move(keys), .aggregates = {std::move(first)}});
  const algebra::VarId group = binding.fresh();
  ExprPtr reduction = bind_field(algebra::variable(group), "reduction", any_type()).expression;
  return algebra::make_plan(algebra::Map{
      .input = std::move(groups), .function = algebra::lambda({group}, std::move(reduction))});
}

}  // namespace

Result<PlanPtr> distinct(PlanPtr input, std::span<const Type> types, bool has_more,
                         Binding& binding) {
  if (!has_more && is_distinct_as_it_is(types)) {
    return algebra::make_plan(algebra::Distinct{.input = std::move(input)});
  }
  const algebra::VarId row = binding.fresh();
  TRY(std::vector<ExprPtr> keys, comparison_keys(algebra::variable(row), types, binding));
  return first_of_groups(std::move(input), std::move(keys), algebra::variable(row), row, binding);
}

Result<PlanPtr> distinct(PlanPtr input, std::span<const Typed> columns, algebra::VarId row,
                         Binding& binding) {
  std::vector<ExprPtr> keys;
  std::vector<ExprPtr> parts;
  for (const Typed& column : columns) {
    TRY(ExprPtr key, comparison_key(column, binding.calls()));
    keys.push_back(std::move(key));
    parts.push_back(column.expression);
  }
  return first_of_groups(std::move(input), std::move(keys), algebra::make_array(std::move(parts)),
                         row, binding);
}

}  // namespace octavo::sql
