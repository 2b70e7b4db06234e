#include "dialect/sql/bind/aggregates.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/replace.h"

namespace octavo::sql {

bool same_expression(const algebra::ExprPtr& a, const algebra::ExprPtr& b) {
  return a == nullptr || b == nullptr ? a == b : algebra::equal(a, b);
}

bool same_aggregate(const algebra::Aggregate& a, const algebra::Aggregate& b) {
  return a.kind == b.kind && a.function == b.function && same_expression(a.argument, b.argument) &&
         std::ranges::equal(a.options, b.options, [](const auto& x, const auto& y) {
           return x.name == y.name && same_expression(x.value, y.value);
         });
}

Typed Aggregates::add(BoundAggregate aggregate) {
  for (const Entry& entry : entries_) {
    if (entry.any_value == nullptr && same_aggregate(entry.aggregate, aggregate.aggregate)) {
      return {algebra::variable(entry.result), entry.type};
    }
  }
  entries_.push_back({.aggregate = std::move(aggregate.aggregate),
                      .result = binding_.fresh(),
                      .type = std::move(aggregate.type)});
  return {algebra::variable(entries_.back().result), entries_.back().type};
}

Typed Aggregates::add_any_value(const Typed& operand) {
  for (const Entry& entry : entries_) {
    if (same_expression(entry.any_value, operand.expression)) {
      return {algebra::variable(entry.result), entry.type};
    }
  }
  BoundAggregate bound = bind_any_value(operand);
  entries_.push_back({.aggregate = std::move(bound.aggregate),
                      .result = binding_.fresh(),
                      .type = std::move(bound.type),
                      .any_value = operand.expression});
  return {algebra::variable(entries_.back().result), entries_.back().type};
}

bool Aggregates::has(algebra::VarId variable) const {
  return std::ranges::find(entries_, variable, &Entry::result) != entries_.end() ||
         std::ranges::find(groupings_, variable, &Grouping::result) != groupings_.end();
}

Typed Aggregates::add_grouping(std::vector<algebra::ExprPtr> arguments) {
  const Type type = with_null(big_integer(), false);
  for (const Grouping& grouping : groupings_) {
    if (std::ranges::equal(grouping.arguments, arguments, algebra::equal)) {
      return {algebra::variable(grouping.result), type};
    }
  }
  groupings_.push_back({.arguments = std::move(arguments), .result = binding_.fresh()});
  return {algebra::variable(groupings_.back().result), type};
}

bool Aggregates::make_groups() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return !entry.any_value; });
}

algebra::ExprPtr Aggregates::without_groups(const algebra::ExprPtr& expression) const {
  if (entries_.empty()) return expression;
  return replace_parts(expression, [&](const algebra::ExprPtr& part) -> algebra::ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    if (variable == nullptr) return nullptr;
    const auto entry = std::ranges::find(entries_, variable->id, &Entry::result);
    return entry == entries_.end() ? nullptr : without_groups(entry->any_value);
  });
}

}  // namespace octavo::sql
