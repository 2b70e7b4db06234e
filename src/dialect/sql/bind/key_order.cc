#include "dialect/sql/bind/key_order.h"

#include <algorithm>
#include <span>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::Direction;
using algebra::ExprPtr;
using algebra::PlanPtr;
using catalog::TableDefinition;
using value::Value;

// What an order asks for: row → what rows are compared by.
struct Wish {
  ExprPtr key;
  Direction direction;
};

// Constant keys order nothing.
Result<std::vector<Wish>> wishes_of(std::span<const OrderKey> keys, const Binding& binding) {
  std::vector<Wish> wishes;
  for (const OrderKey& key : keys) {
    if (key.typed.constant() != nullptr) continue;
    TRY(ExprPtr by, comparison_key(key.typed, binding.calls()));
    wishes.push_back(
        {std::move(by), key.descending ? Direction::descending : Direction::ascending});
  }
  return wishes;
}

// In what order a key has its rows: by its parts, the first ones of which may have one value each
// in all that are read.
struct KeyOrder {
  std::vector<ExprPtr> parts;
  std::size_t fixed = 0;
  bool is_unique = false;  // no two rows are equal in all parts
};

Status add_parts(std::span<const KeyPart> parts, const Binding& binding, KeyOrder& order) {
  for (const KeyPart& part : parts) {
    TRY(ExprPtr by, comparison_key(part.column->typed, binding.calls()));
    order.parts.push_back(std::move(by));
  }
  return {};
}

// How many of the first parts of a key have one value in all rows of a scan by it. Nothing: its
// rows are in no order.
std::optional<std::size_t> fixed_parts(const algebra::Scan& scan, const StoredKey& key) {
  if (const auto* const set = std::get_if<algebra::KeySet>(&scan.keys)) {
    if (set->keys.size() != 1) return std::nullopt;
    return key.count;
  }
  const auto& range = std::get<algebra::KeyRange>(scan.keys);
  if (key.count == 1 || !range.lower.value || !range.upper.value) return 0;
  const value::ArrayView lower = range.lower.value->as_array();
  const value::ArrayView upper = range.upper.value->as_array();
  std::size_t same = 0;
  while (same < std::min(lower.size(), upper.size()) && lower[same] == upper[same]) ++same;
  return same;
}

// The same of keys that are known once the statement runs.
std::optional<std::size_t> fixed_parts(const algebra::ScanBy& by, const StoredKey& key) {
  if (!by.keys.empty()) return by.keys.size() == 1 ? std::optional(key.count) : std::nullopt;
  if (key.count == 1 || by.lower.value == nullptr || by.upper.value == nullptr) return 0;
  const auto* const lower = std::get_if<algebra::MakeArray>(&by.lower.value->node);
  const auto* const upper = std::get_if<algebra::MakeArray>(&by.upper.value->node);
  if (lower == nullptr || upper == nullptr) return 0;
  const auto ends = std::ranges::mismatch(lower->elements, upper->elements, algebra::equal);
  return static_cast<std::size_t>(ends.in1 - lower->elements.begin());
}

// Rows with equal keys come in the order of the primary key.
Result<KeyOrder> order_of(const StoredKey& key, std::size_t fixed, const StoredKey* primary,
                          const Binding& binding) {
  KeyOrder order{.fixed = std::min(fixed, key.parts.size())};
  TRY_STATUS(add_parts(key.parts, binding, order));
  const bool is_whole = key.parts.size() == key.count;
  if (!key.index) {
    order.is_unique = is_whole;
  } else if (is_whole && primary != nullptr) {
    TRY_STATUS(add_parts(primary->parts, binding, order));
    order.is_unique = primary->parts.size() == primary->count;
  }
  return order;
}

// The direction in which the key is to be read, so that its rows are as they are wished for.
std::optional<Direction> direction_of(const KeyOrder& order, std::span<const Wish> wishes) {
  std::optional<Direction> direction;
  std::size_t at = 0;  // parts before it are said already
  for (const Wish& wish : wishes) {
    // Nothing is equal up to here that the order could tell apart.
    if (at == order.parts.size() && order.is_unique) break;
    const auto is_wished = [&wish](const ExprPtr& part) { return algebra::equal(part, wish.key); };
    const auto known = std::span(order.parts).first(std::max(at, order.fixed));
    if (std::ranges::any_of(known, is_wished)) continue;
    at = std::max(at, order.fixed);
    if (at == order.parts.size() || !is_wished(order.parts[at])) return std::nullopt;
    if (direction && *direction != wish.direction) return std::nullopt;
    direction = wish.direction;
    ++at;
  }
  return direction.value_or(Direction::ascending);
}

// With this in place of what is below all filters.
template <class Scanned>
PlanPtr with_scan(const PlanPtr& plan, const Scanned& scan) {
  if (!std::holds_alternative<algebra::Filter>(plan->node)) return algebra::make_plan(scan);
  return algebra::map_inputs(*plan, [&](const PlanPtr& input) { return with_scan(input, scan); });
}

bool reads_all(const algebra::Scan& scan) {
  const auto* const range = std::get_if<algebra::KeyRange>(&scan.keys);
  return range != nullptr && !range->lower.value && !range->upper.value && !scan.index;
}

// Whether so many entries of an index are less work than the whole table.
bool is_less_work(std::uint64_t most, bool is_filtered, const TableDefinition& table,
                  const Binding& binding) {
  if (binding.context().follows) return true;
  constexpr std::uint64_t kRowsForOneThatPasses = 10;  // of filters of which nothing is known
  constexpr std::uint64_t kRowsForOneLookup = 4;
  const auto rows = binding.context().tables.estimated_rows(table);
  if (!rows) return false;
  const std::uint64_t factor = kRowsForOneLookup * (is_filtered ? kRowsForOneThatPasses : 1);
  return most <= *rows / factor;
}

}  // namespace

Result<PlanPtr> order_scan(PlanPtr plan, std::vector<OrderKey>& keys,
                           std::optional<std::uint64_t> most, const Scope& scope,
                           const Binding& binding) {
  if (keys.empty()) return plan;
  const algebra::Plan* below = plan.get();
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  const auto* const scan = std::get_if<algebra::Scan>(&below->node);
  const auto* const by = std::get_if<algebra::ScanBy>(&below->node);
  const TableDefinition* table = nullptr;
  if (scan != nullptr) table = table_of(scan->table, scope);
  if (by != nullptr) table = table_of(by->table, scope);
  if (table == nullptr || table->layout != catalog::Layout::row) return plan;
  TRY(const std::vector<Wish> wishes, wishes_of(keys, binding));
  const std::vector<StoredKey> stored = keys_of(*table, scope);
  const bool has_primary = !stored.empty() && !stored.front().index;
  const bool is_filtered = below != plan.get();
  for (const StoredKey& key : stored) {
    const bool is_read = (by != nullptr ? by->index : scan->index) == key.index;
    const bool may_be_read = is_read || (by == nullptr && reads_all(*scan) && most);
    if (!may_be_read || (!is_read && key.misses_nulls)) continue;
    std::optional<std::size_t> fixed = 0;
    if (is_read) fixed = by != nullptr ? fixed_parts(*by, key) : fixed_parts(*scan, key);
    if (!fixed) continue;
    TRY(const KeyOrder order,
        order_of(key, *fixed, has_primary ? &stored.front() : nullptr, binding));
    const auto direction = direction_of(order, wishes);
    if (!direction) continue;
    if (!is_read && !is_less_work(*most, is_filtered, *table, binding)) continue;
    keys.clear();
    if (by != nullptr) {
      algebra::ScanBy ordered = *by;
      ordered.order = *direction;
      return with_scan(plan, ordered);
    }
    algebra::Scan ordered = *scan;
    ordered.index = key.index;
    ordered.order = *direction;
    return with_scan(plan, ordered);
  }
  return plan;
}

}  // namespace octavo::sql
