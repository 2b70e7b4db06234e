#include "exec/quantified.h"

#include <algorithm>

namespace octavo::exec {
namespace {

using algebra::Comparison;
using value::Value;

bool is_less(const Value& a, const Value& b) { return value::compare(a, b) < 0; }

// Whether the rows are equal as far as both have values.
bool may_be_equal(const Value& a, const Value& b) {
  const value::ArrayView left = a.as_array();
  const value::ArrayView right = b.as_array();
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (left[i].is_null() || right[i].is_null()) continue;
    if (value::compare(left[i], right[i]) != 0) return false;
  }
  return true;
}

Result<Value> equal_to_any(const RowSet& set, const Value& row, function::EvalContext& context) {
  const bool unknown = has_null(row);
  if (!unknown && std::ranges::binary_search(set.sorted, row, is_less)) {
    return Value::boolean(true);
  }
  const auto may_be = [&](std::span<const Value> rows) -> Result<bool> {
    for (const Value& other : rows) {
      TRY_STATUS(context.check());
      if (may_be_equal(row, other)) return true;
    }
    return false;
  };
  TRY(bool may, may_be(set.with_null));
  if (!may && unknown) {
    TRY(may, may_be(set.sorted));
  }
  return may ? Value() : Value::boolean(false);
}

// The least and the greatest of the set decide.
bool compares_with_one(std::span<const Value> sorted, Comparison comparison, const Value& row) {
  const auto with_least = value::compare(row, sorted.front());
  const auto with_greatest = value::compare(row, sorted.back());
  switch (comparison) {
    case Comparison::equal: break;  // of its own
    case Comparison::not_equal: return with_least != 0 || with_greatest != 0;
    case Comparison::less: return with_greatest < 0;
    case Comparison::less_or_equal: return with_greatest <= 0;
    case Comparison::greater: return with_least > 0;
    case Comparison::greater_or_equal: return with_least >= 0;
  }
  return false;
}

}  // namespace

bool has_null(const Value& row) { return std::ranges::any_of(row.as_array(), &Value::is_null); }

Result<Value> any_of(const RowSet& set, Comparison comparison, const Value& row,
                     function::EvalContext& context) {
  if (set.sorted.empty() && set.with_null.empty()) return Value::boolean(false);
  if (comparison == Comparison::equal) return equal_to_any(set, row, context);
  if (has_null(row)) return Value();
  if (!set.sorted.empty() && compares_with_one(set.sorted, comparison, row)) {
    return Value::boolean(true);
  }
  return set.with_null.empty() ? Value::boolean(false) : Value();
}

}  // namespace octavo::exec
