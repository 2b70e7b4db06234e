#include "dialect/sql/bind/access_terms.h"

#include <utility>
#include <vector>

#include "algebra/children.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using End = algebra::ScanBy::End;

bool is_constant_value(const ExprPtr& expression) {
  return std::holds_alternative<algebra::Const>(expression->node);
}

// Of the queries around, or made by a query: not a constant that cannot be computed.
bool is_computed(const ExprPtr& expression) {
  if (std::holds_alternative<algebra::Var>(expression->node)) return true;
  if (std::holds_alternative<algebra::Subplan>(expression->node)) return true;
  return algebra::any_child(*expression, is_computed);
}

class Terms {
 public:
  Terms(std::span<const Typed> conditions, const Scope& scope, const Binding& binding)
      : binding_(binding) {
    for (const Typed& condition : conditions) {
      for (ColumnTerm& term : terms_of(condition.expression, scope)) {
        const bool known = is_constant_value(term.value) ||
                           (is_computed(term.value) && binding.is_fixed(term.value));
        if (known) terms_.push_back(std::move(term));
      }
    }
  }

  bool any_computed() const { return std::ranges::any_of(terms_, is_computed, &ColumnTerm::value); }

  std::optional<TermAccess> by(const StoredKey& key) const {
    TermAccess access;
    access.scan.index = key.index;
    std::vector<ExprPtr> first;
    End lower;
    End upper;
    for (const KeyPart& part : key.parts) {
      ExprPtr value = find(part, Relates::equal);
      if (value == nullptr) {
        lower = end(part, Relates::greater, Relates::greater_or_equal);
        upper = end(part, Relates::less, Relates::less_or_equal);
        break;
      }
      first.push_back(std::move(value));
    }
    const bool between = lower.value != nullptr || upper.value != nullptr;
    if (first.empty() && !between) return std::nullopt;
    access.parts = std::max<std::size_t>(first.size(), 1);
    access.equal = !first.empty();
    if (first.size() == key.count) {
      access.one_row = key.unique;
      access.scan.keys.push_back(key.count == 1 ? std::move(first.front())
                                                : algebra::make_array(std::move(first)));
      return access;
    }
    if (key.count == 1) {
      access.scan.lower = std::move(lower);
      access.scan.upper = std::move(upper);
      return access;
    }
    if (key.misses_nulls) return std::nullopt;
    access.scan.lower = within(first, std::move(lower), true, key.count);
    access.scan.upper = within(first, std::move(upper), false, key.count);
    return access;
  }

 private:
  // What the part of the key relates to; null: nothing is said.
  ExprPtr find(const KeyPart& part, Relates relates) const {
    for (const ColumnTerm& term : terms_) {
      if (term.column != part.column || term.relates != relates) continue;
      if (!part.by_comparison) return term.value;
      auto key = comparison_key({term.value, part.column->typed.type}, binding_.calls());
      if (key) return fold(*key, binding_.calls());
    }
    return nullptr;
  }
  End end(const KeyPart& part, Relates past, Relates at) const {
    if (ExprPtr value = find(part, past)) return {.value = std::move(value)};
    return {.value = find(part, at), .inclusive = true};
  }

  // Keys of several parts are arrays: an end of those that begin with `first`.
  static End within(const std::vector<ExprPtr>& first, End next, bool is_lower, std::size_t parts) {
    const auto behind_all = [] { return algebra::constant(value::Value::max_key()); };
    std::vector<ExprPtr> key = first;
    if (next.value == nullptr) {
      if (key.empty()) return {};
      if (!is_lower) key.push_back(behind_all());
      return {.value = algebra::make_array(std::move(key)), .inclusive = true};
    }
    key.push_back(std::move(next.value));
    const bool past_equal = is_lower != next.inclusive;
    if (past_equal && key.size() < parts) key.push_back(behind_all());
    return {.value = algebra::make_array(std::move(key)), .inclusive = next.inclusive};
  }

  const Binding& binding_;
  std::vector<ColumnTerm> terms_;
};

}  // namespace

std::optional<TermAccess> access_by_terms(std::span<const Typed> conditions,
                                          std::span<const StoredKey> keys, const Scope& scope,
                                          const Binding& binding) {
  const Terms terms(conditions, scope, binding);
  if (!terms.any_computed()) return std::nullopt;
  std::optional<TermAccess> best;
  for (const StoredKey& key : keys) {
    auto access = terms.by(key);
    if (access && (!best || access->rank() < best->rank())) best = std::move(access);
  }
  return best;
}

}  // namespace octavo::sql
