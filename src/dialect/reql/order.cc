#include "dialect/reql/order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {

Result<OrderKey> order_key(Env& env, const algebra::ExprPtr& expression, const Val& value) {
  const auto* call = std::get_if<algebra::Call>(&expression->node);
  const std::uint16_t number = call == nullptr ? std::uint16_t{0} : call->function.number;
  if (number == term::kArgs) {
    return fail_logic("r.args is not supported in an order_by or union command yet.");
  }
  if (value.is_datum()) TRY_STATUS(check_string(value.datum()));
  TRY(Function function, to_function(env, value, Shortcut::get_field));
  if (!is_deterministic(function.lambda, Now::constant)) {
    return fail_logic("Sorting by a non-deterministic function is not supported.");
  }
  return OrderKey{.function = std::move(function), .descending = number == term::kDesc};
}

Result<SortedRow> with_keys(Env& env, const std::vector<OrderKey>& keys, Value row) {
  SortedRow sorted{.row = std::move(row), .keys = {}};
  sorted.keys.reserve(keys.size());
  for (const OrderKey& key : keys) {
    Result<Value> value = call_datum(env, key.function, sorted.row);
    if (value) {
      sorted.keys.emplace_back(*std::move(value));
    } else if (value.error().code == Code::missing_value) {
      env.query().trail.clear();
      sorted.keys.emplace_back();
    } else {
      return fail(std::move(value).error());
    }
  }
  return sorted;
}

bool comes_before(const std::vector<OrderKey>& keys, const SortedRow& a, const SortedRow& b) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::optional<Value>& left = a.keys[i];
    const std::optional<Value>& right = b.keys[i];
    if (!left && !right) continue;
    if (!left || !right) return (!left) != keys[i].descending;
    const auto ordering = order(*left, *right);
    if (ordering == 0) continue;
    return (ordering < 0) != keys[i].descending;
  }
  return false;
}

Result<std::vector<Value>> sort_rows(Env& env, const std::vector<OrderKey>& keys,
                                     std::vector<Value> rows) {
  std::vector<SortedRow> sorted;
  sorted.reserve(rows.size());
  for (Value& row : rows) {
    TRY_STATUS(env.check());
    TRY(SortedRow next, with_keys(env, keys, std::move(row)));
    sorted.push_back(std::move(next));
  }
  std::vector<std::uint32_t> places(sorted.size());
  std::iota(places.begin(), places.end(), 0U);
  std::sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (comes_before(keys, sorted[a], sorted[b])) return true;
    if (comes_before(keys, sorted[b], sorted[a])) return false;
    return a < b;
  });
  std::vector<Value> result;
  result.reserve(sorted.size());
  for (const std::uint32_t place : places) result.push_back(std::move(sorted[place].row));
  return result;
}

}  // namespace octavo::reql
