#include "dialect/sql/bind/windows.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/aggregates.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

bool same(const algebra::FrameBound& a, const algebra::FrameBound& b) {
  return a.edge == b.edge && a.rows == b.rows && same_expression(a.limit, b.limit);
}

bool same(const std::optional<algebra::Frame>& a, const std::optional<algebra::Frame>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->unit == b->unit && same(a->start, b->start) && same(a->end, b->end);
}

bool same(const algebra::WindowFunction& a, const algebra::WindowFunction& b) {
  const bool same_aggregate = a.aggregate && b.aggregate
                                  ? sql::same_aggregate(*a.aggregate, *b.aggregate)
                                  : a.aggregate.has_value() == b.aggregate.has_value();
  return a.kind == b.kind && a.count == b.count && same_aggregate && same(a.frame, b.frame) &&
         same_expression(a.argument, b.argument) && same_expression(a.otherwise, b.otherwise);
}

bool same(const algebra::SortKey& a, const algebra::SortKey& b) {
  return a.direction == b.direction && algebra::equal(a.key, b.key);
}

ExprPtr element(const ExprPtr& row, std::size_t place) {
  return bind_element(row, place, any_type()).expression;
}

}  // namespace

Result<Typed> Windows::add(Keys keys, BoundWindow bound) {
  std::vector<ExprPtr> partition;
  for (const Typed& typed : keys.partition) {
    if (typed.constant() != nullptr) continue;
    TRY(ExprPtr key, comparison_key(typed, binding_.calls()));
    partition.push_back(std::move(key));
  }
  std::vector<algebra::SortKey> order;
  for (const OrderKey& given : keys.order) {
    // The one key of a frame by range stays, even if it is the same for all.
    const bool has_limit = bound.function.frame && (bound.function.frame->start.limit != nullptr ||
                                                    bound.function.frame->end.limit != nullptr);
    if (given.typed.constant() != nullptr && !has_limit) continue;
    TRY(ExprPtr key, comparison_key(given.typed, binding_.calls()));
    order.push_back({.key = std::move(key),
                     .direction = given.descending ? algebra::Direction::descending
                                                   : algebra::Direction::ascending});
  }
  const std::size_t at = node_of(std::move(partition), std::move(order));
  std::vector<algebra::WindowFunction>& functions = nodes_[at].functions;
  const auto found = std::ranges::find_if(
      functions, [&](const auto& function) { return same(function, bound.function); });
  const auto place = static_cast<std::size_t>(found - functions.begin());
  if (found == functions.end()) {
    functions.push_back(std::move(bound.function));
    results_[at].push_back(binding_.fresh());
  }
  return Typed{algebra::variable(results_[at][place]), std::move(bound.type)};
}

std::size_t Windows::node_of(std::vector<ExprPtr> partition, std::vector<algebra::SortKey> order) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (std::ranges::equal(nodes_[i].partition, partition, algebra::equal) &&
        std::ranges::equal(nodes_[i].order, order,
                           [](const auto& a, const auto& b) { return same(a, b); })) {
      return i;
    }
  }
  nodes_.push_back({.partition = std::move(partition), .order = std::move(order)});
  results_.emplace_back();
  return nodes_.size() - 1;
}

bool Windows::is_in(const ExprPtr& expression) const {
  bool found = false;
  replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    if (variable == nullptr) return nullptr;
    for (const auto& results : results_) {
      found = found || std::ranges::find(results, variable->id) != results.end();
    }
    return nullptr;
  });
  return found;
}

// The operator evaluates keys more than once: what is not the same each time is computed before.
PlanPtr Windows::with_keys_computed(PlanPtr input, algebra::Window& node) {
  const auto is_pure = [](const ExprPtr& key) { return function::is_deterministic(key); };
  if (std::ranges::all_of(node.partition, is_pure) &&
      std::ranges::all_of(node.order, is_pure, &algebra::SortKey::key)) {
    return input;
  }
  std::vector<ExprPtr> parts{algebra::variable(row_)};
  const algebra::VarId made = binding_.fresh();
  const auto take = [&](ExprPtr& key) {
    parts.push_back(key);
    key = element(algebra::variable(made), parts.size() - 1);
  };
  for (ExprPtr& key : node.partition) take(key);
  for (algebra::SortKey& key : node.order) take(key.key);
  input = algebra::make_plan(
      algebra::Map{.input = std::move(input),
                   .function = algebra::lambda({row_}, algebra::make_array(std::move(parts)))});
  const auto moved = [&](const ExprPtr& part) -> ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    return variable != nullptr && variable->id == row_ ? element(algebra::variable(made), 0)
                                                       : nullptr;
  };
  for (algebra::WindowFunction& function : node.functions) {
    each_part(function, [&](ExprPtr& part) { part = replace_parts(part, moved); });
  }
  move_to(made);
  return input;
}

// Rows are within other ones now, as their first element.
void Windows::move_to(algebra::VarId row) {
  row_ = row;
  ++node_;
  within_.clear();
}

PlanPtr Windows::plan(PlanPtr input, algebra::VarId row) {
  row_ = row;
  made_.push_back({.variable = row, .node = 0, .place = {}});
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    each_expression_of(nodes_[i], [&](ExprPtr& part) { part = over_rows(part); });
    input = with_keys_computed(std::move(input), nodes_[i]);
    each_expression_of(nodes_[i], [&](ExprPtr& part) { part = algebra::lambda({row_}, part); });
    nodes_[i].input = std::move(input);
    input = algebra::make_plan(std::move(nodes_[i]));
    move_to(binding_.fresh());
    for (std::size_t k = 0; k < results_[i].size(); ++k) {
      made_.push_back({.variable = results_[i][k], .node = node_, .place = k + 1});
    }
  }
  return input;
}

const ExprPtr& Windows::rows_of(std::size_t node) const {
  if (within_.empty()) within_.push_back(algebra::variable(row_));
  while (within_.size() <= node_ - node) within_.push_back(element(within_.back(), 0));
  return within_[node_ - node];
}

ExprPtr Windows::over_rows(const ExprPtr& expression) const {
  return replace_parts(expression, [this](const ExprPtr& part) -> ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    if (variable == nullptr) return nullptr;
    const auto found = std::ranges::find(made_, variable->id, &Made::variable);
    if (found == made_.end()) return nullptr;
    const ExprPtr& row = rows_of(found->node);
    return found->place ? element(row, *found->place) : row;
  });
}

}  // namespace octavo::sql
