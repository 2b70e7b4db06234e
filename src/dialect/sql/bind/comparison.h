#pragma once

// Conditions that tell something of a column, read from what was bound: whatever the column was
// converted to on its way stands between, and it is no such condition then.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "dialect/sql/bind/scope.h"
#include "value/value.h"

namespace octavo::sql {

enum class Relates : std::uint8_t { equal, less, less_or_equal, greater, greater_or_equal };

// column < value
struct ColumnBound {
  const ScopeColumn* column = nullptr;
  Relates relates = Relates::equal;
  // One; of IN several, of which it is equal to one. None is null.
  std::vector<value::Value> values;
  // They are what values of the column are compared by (`comparison_key`).
  bool are_keys = false;
};
std::vector<ColumnBound> bounds_of(const algebra::ExprPtr& condition, const Scope& scope);

// column < expression
struct ColumnTerm {
  const ScopeColumn* column = nullptr;
  Relates relates = Relates::equal;
  algebra::ExprPtr value;  // of any rows
};
std::vector<ColumnTerm> terms_of(const algebra::ExprPtr& condition, const Scope& scope);

// The same of a condition that holds wherever all of them do; nothing where it says more.
std::optional<std::vector<ColumnTerm>> whole_terms_of(const algebra::ExprPtr& condition,
                                                      const Scope& scope);

// What the column is equal to where the condition holds; null: it does not say so.
algebra::ExprPtr equal_to(const algebra::ExprPtr& condition, const ScopeColumn& column);

// Whether a constant argument of an operation is the collation of the column's type.
bool is_collation_of(const algebra::ExprPtr& argument, const ScopeColumn& column);

// left < right, or `turned` right > left; of conditions of which one is a constant, mostly.
struct ComparedSides {
  Relates relates = Relates::equal;
  Relates turned = Relates::equal;
  algebra::ExprPtr left, right;
};
std::optional<ComparedSides> compared_sides(const algebra::ExprPtr& condition);

// What both sides are compared by where the condition is that they are equal: values that are equal
// where the sides are, and null where they are.
struct EqualKeys {
  algebra::ExprPtr left, right;
};
std::optional<EqualKeys> equal_keys(const algebra::ExprPtr& condition);

// column = column
using EqualColumns = std::pair<const ScopeColumn*, const ScopeColumn*>;
std::optional<EqualColumns> equal_columns(const algebra::ExprPtr& condition, const Scope& scope);

}  // namespace octavo::sql
