#include "dialect/sql/bind/group_order.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/group.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// Any variable: lambdas are compared up to the names of their own.
constexpr algebra::VarId kRow{};

bool is_ascending(const algebra::SortKey& key) {
  return key.direction == algebra::Direction::ascending;
}

}  // namespace

bool is_in_order(const algebra::PlanPtr& plan, std::span<const algebra::SortKey> keys) {
  if (!std::ranges::all_of(keys, is_ascending)) return false;
  // HAVING leaves the order as it is.
  const algebra::Plan* below = plan.get();
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  const auto* const group = std::get_if<algebra::Group>(&below->node);
  if (group == nullptr || group->rollup || keys.size() > group->keys.size()) return false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ExprPtr part = part_of_row(kRow, "group", i, group->keys.size());
    if (!algebra::equal(keys[i].key, algebra::lambda({kRow}, std::move(part)))) return false;
  }
  return true;
}

}  // namespace octavo::sql
