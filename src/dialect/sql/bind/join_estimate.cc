#include "dialect/sql/bind/join_estimate.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "dialect/sql/bind/column_origin.h"
#include "dialect/sql/bind/join_cost.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// What is left of rows of which all, or none, are thought to have a match.
constexpr double kLeastShare = 0.05;

// Texts are compared by another value, which there are as many of.
const ExprPtr& compared_value(const ExprPtr& key) {
  const auto* const call = std::get_if<algebra::Call>(&key->node);
  const bool is_text =
      call != nullptr && call->function == algebra::FunctionId{kFamily, op::kCollationKey};
  return is_text ? call->args.front() : key;
}

std::optional<StoredColumn> column_of_key(const algebra::Plan& plan, const ExprPtr& key) {
  const auto* const lambda = std::get_if<algebra::Lambda>(&key->node);
  if (lambda == nullptr || lambda->params.size() != 1) return std::nullopt;
  return origin_of(plan, lambda->params.front(), compared_value(lambda->body));
}

// The values that the keys of a join have on both sides. Nothing: that is known of neither.
std::optional<JoinKeys> values_of(const algebra::Join& join, RowEstimates& estimates) {
  JoinKeys keys;
  for (const algebra::JoinKey& key : join.keys) {
    const auto left = column_of_key(*join.left, key.left);
    const auto right = column_of_key(*join.right, key.right);
    const auto of_left = left ? estimates.values(*left) : std::nullopt;
    const auto of_right = right ? estimates.values(*right) : std::nullopt;
    if (!of_left && !of_right) return std::nullopt;
    keys.values.push_back(std::max(of_left.value_or(1), of_right.value_or(1)));
  }
  return keys;
}

// How many of the left rows have a match: of the values on the left so many are on the right.
std::optional<double> share_of_matched(const algebra::Join& join, RowEstimates& estimates) {
  double share = 1;
  bool is_known = false;
  for (const algebra::JoinKey& key : join.keys) {
    const auto left = column_of_key(*join.left, key.left);
    const auto right = column_of_key(*join.right, key.right);
    const auto of_left = left ? estimates.values(*left) : std::nullopt;
    const auto of_right = right ? estimates.values(*right) : std::nullopt;
    if (!of_left || !of_right) continue;
    is_known = true;
    share = std::min(share, std::min(*of_right, estimates.plan(*join.right)) / *of_left);
  }
  return is_known ? std::optional(share) : std::nullopt;
}

}  // namespace

double rows_of_join(const algebra::Join& join, RowEstimates& estimates) {
  using algebra::JoinKind;
  const double left = estimates.plan(*join.left);
  if (join.kind == JoinKind::mark) return left;
  if (join.kind == JoinKind::semi || join.kind == JoinKind::anti) {
    const auto matched = share_of_matched(join, estimates);
    if (!matched) return left;
    const double share = join.kind == JoinKind::semi ? *matched : 1 - *matched;
    return left * std::clamp(share, kLeastShare, 1.0);
  }
  const double right = estimates.plan(*join.right);
  const auto keys = join.keys.empty() ? std::nullopt : values_of(join, estimates);
  if (!keys) return std::max(left, right);
  const double rows = joined_rows(left, right, *keys);
  return join.kind == JoinKind::left ? std::max(left, rows) : rows;
}

double rows_of_lookups(const algebra::LookupJoin& join, const catalog::TableDefinition* table,
                       RowEstimates& estimates) {
  const double outer = estimates.plan(*join.outer);
  if (table == nullptr || is_unique_key(table, join.index)) return outer;
  const auto columns = key_columns_of(*table, join.index);
  const auto values = columns.empty() ? std::nullopt : estimates.values(join.table, columns);
  return values ? outer * std::max(1.0, estimates.table(join.table) / *values) : outer;
}

}  // namespace octavo::sql
