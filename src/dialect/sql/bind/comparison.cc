#include "dialect/sql/bind/comparison.h"

#include <algorithm>
#include <array>

#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/share.h"
#include "function/family.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using value::Value;

struct ComparisonRow {
  std::uint16_t operation;
  Relates relates;
  Relates turned;  // with its sides exchanged
  bool of_texts;   // under a collation
};
constexpr std::array kComparisons = std::to_array<ComparisonRow>({
    {op::kEqual, Relates::equal, Relates::equal, false},
    {op::kLess, Relates::less, Relates::greater, false},
    {op::kLessOrEqual, Relates::less_or_equal, Relates::greater_or_equal, false},
    {op::kGreater, Relates::greater, Relates::less, false},
    {op::kGreaterOrEqual, Relates::greater_or_equal, Relates::less_or_equal, false},
    {op::kEqualText, Relates::equal, Relates::equal, true},
    {op::kLessText, Relates::less, Relates::greater, true},
    {op::kLessOrEqualText, Relates::less_or_equal, Relates::greater_or_equal, true},
    {op::kGreaterText, Relates::greater, Relates::less, true},
    {op::kGreaterOrEqualText, Relates::greater_or_equal, Relates::less_or_equal, true},
});

const ScopeColumn* column_of(const ExprPtr& expression, const Scope& scope) {
  for (const ScopeColumn& column : scope.columns()) {
    if (algebra::equal(column.typed.expression, expression)) return &column;
  }
  return nullptr;
}

const Value* constant_of(const ExprPtr& expression) {
  const auto* const node = std::get_if<algebra::Const>(&expression->node);
  return node == nullptr ? nullptr : &node->value;
}

// A call of this family; null: it is none.
const algebra::Call* call_of(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily ? call : nullptr;
}

// A text under a collation may be compared in another one, which keys know nothing of.
bool compares_natively(const ScopeColumn& column) {
  return !column.typed.type.is_text() || compares_as_it_is(column.typed.type);
}

const ComparisonRow* comparison_of(const algebra::Call& call) {
  const auto* const row =
      std::ranges::find(kComparisons, call.function.number, &ComparisonRow::operation);
  return row == kComparisons.end() || call.args.size() < 2 ? nullptr : row;
}

}  // namespace

bool is_collation_of(const ExprPtr& argument, const ScopeColumn& column) {
  const Value* const id = constant_of(argument);
  return id != nullptr && id->is_number() && id->to_int64() == column.typed.type.collation().id;
}

namespace {

// Whether the comparison is that of the column's own type.
bool compares_as(const algebra::Call& call, const ComparisonRow& row, const ScopeColumn& column) {
  if (!row.of_texts) return compares_natively(column);
  return call.args.size() > 2 && is_collation_of(call.args[2], column);
}

std::optional<ColumnBound> bound_of(const algebra::Call& call, const Scope& scope) {
  const ComparisonRow* const row = comparison_of(call);
  if (row == nullptr) return std::nullopt;
  for (const std::size_t side : {0U, 1U}) {
    const ScopeColumn* const column = column_of(call.args[side], scope);
    const Value* const constant = constant_of(call.args[1 - side]);
    if (column == nullptr || constant == nullptr) continue;
    if (constant->is_null() || !compares_as(call, *row, *column)) return std::nullopt;
    return ColumnBound{
        .column = column, .relates = side == 0 ? row->relates : row->turned, .values = {*constant}};
  }
  return std::nullopt;
}

// What of the column an item of IN is compared with.
std::optional<ColumnBound> bound_of_list(const algebra::Call& call, const Scope& scope) {
  const Value* const items = call.args.size() < 2 ? nullptr : constant_of(call.args[1]);
  if (items == nullptr || !items->is_array()) return std::nullopt;
  const value::ArrayView values = items->as_array();
  ColumnBound bound{.values = {values.begin(), values.end()}};
  bound.column = column_of(call.args[0], scope);
  if (bound.column != nullptr) {
    return compares_natively(*bound.column) ? std::optional(std::move(bound)) : std::nullopt;
  }
  const algebra::Call* const key = call_of(call.args[0]);
  if (key == nullptr || key->function.number != op::kCollationKey || key->args.size() != 2) {
    return std::nullopt;
  }
  bound.column = column_of(key->args[0], scope);
  bound.are_keys = true;
  if (bound.column == nullptr || !is_collation_of(key->args[1], *bound.column)) {
    return std::nullopt;
  }
  return bound;
}

std::optional<ColumnBound> bound_of_call(const algebra::Call& call, const Scope& scope);

// Equal to one of several values: OR over equalities of one column.
std::optional<ColumnBound> bound_of_any(const algebra::Call& call, const Scope& scope) {
  std::optional<ColumnBound> all;
  for (const ExprPtr& part : call.args) {
    const algebra::Call* const equality = call_of(part);
    auto bound = equality == nullptr ? std::nullopt : bound_of_call(*equality, scope);
    if (!bound || bound->relates != Relates::equal) return std::nullopt;
    if (!all) {
      all = std::move(bound);
      continue;
    }
    if (all->column != bound->column || all->are_keys != bound->are_keys) return std::nullopt;
    std::ranges::move(bound->values, std::back_inserter(all->values));
  }
  return all;
}

std::optional<ColumnBound> bound_of_call(const algebra::Call& call, const Scope& scope) {
  if (call.function.number == op::kInSorted) return bound_of_list(call, scope);
  if (call.function.number == op::kOr) return bound_of_any(call, scope);
  return bound_of(call, scope);
}

void add_bounds(const ExprPtr& condition, const Scope& scope, std::vector<ColumnBound>& bounds) {
  const algebra::Call* const call = call_of(condition);
  if (call == nullptr) return;
  if (const ExprPtr other = unshared(*call)) return add_bounds(other, scope, bounds);
  if (call->function.number == op::kAnd || call->function.number == op::kIsTrue) {
    for (const ExprPtr& part : call->args) add_bounds(part, scope, bounds);
    return;
  }
  auto bound = bound_of_call(*call, scope);
  if (bound) bounds.push_back(*std::move(bound));
}

}  // namespace

std::vector<ColumnBound> bounds_of(const ExprPtr& condition, const Scope& scope) {
  std::vector<ColumnBound> bounds;
  add_bounds(condition, scope, bounds);
  return bounds;
}

namespace {

// False: the condition says more.
bool add_terms(const ExprPtr& condition, const Scope& scope, std::vector<ColumnTerm>& terms) {
  const algebra::Call* const call = call_of(condition);
  if (call == nullptr) return false;
  if (const ExprPtr other = unshared(*call)) {
    // What is another each time says nothing of what it is compared with.
    return function::is_deterministic(other) && add_terms(other, scope, terms);
  }
  if (call->function.number == op::kAnd || call->function.number == op::kIsTrue) {
    bool whole = true;
    for (const ExprPtr& part : call->args) whole = add_terms(part, scope, terms) && whole;
    return whole;
  }
  const ComparisonRow* const row = comparison_of(*call);
  if (row == nullptr) return false;
  const std::size_t before = terms.size();
  for (const std::size_t side : {0U, 1U}) {
    const ScopeColumn* const column = column_of(call->args[side], scope);
    if (column == nullptr || !compares_as(*call, *row, *column)) continue;
    terms.push_back({.column = column,
                     .relates = side == 0 ? row->relates : row->turned,
                     .value = call->args[1 - side]});
  }
  return terms.size() > before;
}

}  // namespace

std::optional<std::vector<ColumnTerm>> whole_terms_of(const ExprPtr& condition,
                                                      const Scope& scope) {
  std::vector<ColumnTerm> terms;
  if (!add_terms(condition, scope, terms)) return std::nullopt;
  return terms;
}

std::vector<ColumnTerm> terms_of(const ExprPtr& condition, const Scope& scope) {
  std::vector<ColumnTerm> terms;
  add_terms(condition, scope, terms);
  return terms;
}

ExprPtr equal_to(const ExprPtr& condition, const ScopeColumn& column) {
  const algebra::Call* const call = call_of(condition);
  const ComparisonRow* const row = call == nullptr ? nullptr : comparison_of(*call);
  if (row == nullptr || row->relates != Relates::equal || !compares_as(*call, *row, column)) {
    return nullptr;
  }
  for (const std::size_t side : {0U, 1U}) {
    if (algebra::equal(call->args[side], column.typed.expression)) return call->args[1 - side];
  }
  return nullptr;
}

std::optional<EqualKeys> equal_keys(const ExprPtr& condition) {
  const algebra::Call* const call = call_of(condition);
  if (call == nullptr || call->args.empty()) return std::nullopt;
  const auto keys = [&](std::uint16_t operation, std::span<const ExprPtr> further) {
    const auto key = [&](const ExprPtr& side) {
      std::vector<ExprPtr> args{side};
      args.insert(args.end(), further.begin(), further.end());
      return algebra::call({kFamily, operation}, std::move(args));
    };
    return EqualKeys{key(call->args[0]), key(call->args[1])};
  };
  switch (call->function.number) {
    case op::kIsTrue: return equal_keys(call->args[0]);
    case op::kEqual: return EqualKeys{call->args[0], call->args[1]};
    case op::kEqualText: return keys(op::kCollationKey, std::span(call->args).subspan(2));
    case op::kEqualJson: return keys(op::kJsonKey, {});
    default: return std::nullopt;
  }
}

std::optional<ComparedSides> compared_sides(const ExprPtr& condition) {
  const algebra::Call* const call = call_of(condition);
  const ComparisonRow* const row = call == nullptr ? nullptr : comparison_of(*call);
  if (row == nullptr) return std::nullopt;
  return ComparedSides{row->relates, row->turned, call->args[0], call->args[1]};
}

std::optional<EqualColumns> equal_columns(const ExprPtr& condition, const Scope& scope) {
  const algebra::Call* const call = call_of(condition);
  const ComparisonRow* const row = call == nullptr ? nullptr : comparison_of(*call);
  if (row == nullptr || row->relates != Relates::equal) return std::nullopt;
  const ScopeColumn* const left = column_of(call->args[0], scope);
  const ScopeColumn* const right = column_of(call->args[1], scope);
  if (left == nullptr || right == nullptr || !compares_as(*call, *row, *left) ||
      !compares_as(*call, *row, *right)) {
    return std::nullopt;
  }
  return EqualColumns{left, right};
}

}  // namespace octavo::sql
