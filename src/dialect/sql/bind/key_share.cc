#include "dialect/sql/bind/key_share.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/bind/stored_index.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using value::Value;
using Parts = std::vector<ExprPtr>;

constexpr double kShareOfKeyRange = 0.25;  // that is open on one side
// An index that is not UNIQUE has so many rows of each key, or so much of the table.
constexpr double kRowsOfKey = 10;
constexpr double kShareOfKey = 0.01;

// What a scan reads, whether it is known now or when it runs.
struct ScannedKeys {
  TableId table{};
  std::optional<IndexId> index;
  Parts keys;          // exact ones; none: those between the ends
  Parts lower, upper;  // empty: it is open there
};

// The parts of a key of so many.
Parts parts_of(const Value& key, std::size_t count) {
  if (count < 2 || !key.is_array()) return {algebra::constant(key)};
  Parts parts;
  for (const Value& part : key.as_array()) parts.push_back(algebra::constant(part));
  return parts;
}
Parts parts_of(const ExprPtr& key, std::size_t count) {
  const auto* const array = std::get_if<algebra::MakeArray>(&key->node);
  if (count > 1 && array != nullptr) return array->elements;
  const auto* const constant = std::get_if<algebra::Const>(&key->node);
  return constant != nullptr ? parts_of(constant->value, count) : Parts{key};
}

ScannedKeys keys_of_scan(const algebra::Scan& scan, std::size_t parts) {
  ScannedKeys keys{.table = scan.table, .index = scan.index};
  if (const auto* const set = std::get_if<algebra::KeySet>(&scan.keys)) {
    for (const Value& key : set->keys) keys.keys.push_back(algebra::constant(key));
    return keys;
  }
  const auto& range = std::get<algebra::KeyRange>(scan.keys);
  if (range.lower.value) keys.lower = parts_of(*range.lower.value, parts);
  if (range.upper.value) keys.upper = parts_of(*range.upper.value, parts);
  return keys;
}
ScannedKeys keys_of_scan(const algebra::ScanBy& scan, std::size_t parts) {
  ScannedKeys keys{.table = scan.table, .index = scan.index, .keys = scan.keys};
  if (!scan.keys.empty()) return keys;
  if (scan.lower.value != nullptr) keys.lower = parts_of(scan.lower.value, parts);
  if (scan.upper.value != nullptr) keys.upper = parts_of(scan.upper.value, parts);
  return keys;
}

bool is_behind_all(const ExprPtr& part) {
  const auto* const constant = std::get_if<algebra::Const>(&part->node);
  return constant != nullptr && constant->value.type() == value::Type::max_key;
}

// How many of the first parts are the same at both ends.
std::size_t equal_parts(const ScannedKeys& keys) {
  std::size_t equal = 0;
  while (equal < keys.lower.size() && equal < keys.upper.size() &&
         algebra::equal(keys.lower[equal], keys.upper[equal])) {
    ++equal;
  }
  return equal;
}

// The end of the part behind those; null: it is open there.
const ExprPtr* end_of(const Parts& parts, std::size_t part) {
  return part < parts.size() && !is_behind_all(parts[part]) ? &parts[part] : nullptr;
}

std::optional<double> below(const statistics::Column* column, const ExprPtr& end, bool or_equal) {
  const auto* const constant = std::get_if<algebra::Const>(&end->node);
  if (column == nullptr || constant == nullptr) return std::nullopt;
  return column->below(constant->value, or_equal);
}

// Of the values of a part, of which the column is one, if that is known.
double range_share(const ExprPtr* lower, const ExprPtr* upper, const statistics::Column* column) {
  const auto from = lower == nullptr ? std::optional(0.0) : below(column, *lower, false);
  const auto to = upper == nullptr ? std::optional(1.0) : below(column, *upper, true);
  if (from && to) return std::max(*to - *from, 0.0);
  return (lower == nullptr ? 1 : kShareOfKeyRange) * (upper == nullptr ? 1 : kShareOfKeyRange);
}

// The part of the rows that have one of these values in a column. Nothing: they are no values of
// it, but what these are compared by, or are not known now.
std::optional<double> share_of_values(std::span<const ExprPtr> values,
                                      const statistics::Column* column) {
  double share = 0;
  for (const ExprPtr& value : values) {
    if (!below(column, value, false)) return std::nullopt;
    share += column->equal_to(std::get<algebra::Const>(value->node).value);
  }
  return std::min(share, 1.0);
}

double rows_of_keys(const ScannedKeys& keys, const catalog::TableDefinition* table,
                    std::span<const std::string> columns, RowEstimates& estimates) {
  const double rows = estimates.table(keys.table);
  double of_key = 1;
  if (!is_unique_key(table, keys.index)) {
    const statistics::Column* const column =
        columns.size() == 1 ? estimates.column({keys.table, columns.front()}) : nullptr;
    if (const auto share = share_of_values(keys.keys, column)) return rows * *share;
    const auto values = columns.empty() ? std::nullopt : estimates.values(keys.table, columns);
    of_key = values ? rows / *values : std::max(kRowsOfKey, rows * kShareOfKey);
  }
  return std::min(rows, static_cast<double>(keys.keys.size()) * of_key);
}

double rows_of_range(const ScannedKeys& keys, std::span<const std::string> columns,
                     RowEstimates& estimates) {
  const std::size_t equal = equal_parts(keys);
  const std::span<const std::string> first = columns.first(std::min(equal, columns.size()));
  double rows = estimates.table(keys.table);
  const auto of_first = equal == 1 && !columns.empty()
                            ? share_of_values(std::span(keys.lower).first(1),
                                              estimates.column({keys.table, columns.front()}))
                            : std::nullopt;
  if (of_first) {
    rows *= *of_first;
  } else if (equal > 0) {
    const auto values = first.size() == equal ? estimates.values(keys.table, first) : std::nullopt;
    rows *= values ? 1 / *values : kShareOfKeyRange * kShareOfKeyRange;
  }
  const ExprPtr* const lower = end_of(keys.lower, equal);
  const ExprPtr* const upper = end_of(keys.upper, equal);
  const statistics::Column* const column =
      equal < columns.size() ? estimates.column({keys.table, columns[equal]}) : nullptr;
  return rows * range_share(lower, upper, column);
}

template <class ScanNode>
double rows_of(const ScanNode& scan, const catalog::TableDefinition* table,
               RowEstimates& estimates) {
  const auto columns =
      table == nullptr ? std::vector<std::string>() : key_columns_of(*table, scan.index);
  const ScannedKeys keys = keys_of_scan(scan, columns.size());
  return !keys.keys.empty() ? rows_of_keys(keys, table, columns, estimates)
                            : rows_of_range(keys, columns, estimates);
}

template <class ScanNode>
std::set<StoredColumn> columns_by(const ScanNode& scan, const catalog::TableDefinition& table) {
  const auto columns = key_columns_of(table, scan.index);
  const ScannedKeys keys = keys_of_scan(scan, columns.size());
  std::size_t used = columns.size();
  if (keys.keys.empty()) {
    const std::size_t equal = equal_parts(keys);
    const bool is_bound =
        end_of(keys.lower, equal) != nullptr || end_of(keys.upper, equal) != nullptr;
    used = std::min(used, equal + (is_bound ? 1 : 0));
  }
  std::set<StoredColumn> by;
  for (std::size_t i = 0; i < used; ++i) by.insert({scan.table, columns[i]});
  return by;
}

}  // namespace

double scanned_rows(const algebra::Scan& scan, const catalog::TableDefinition* table,
                    RowEstimates& estimates) {
  if (const auto* const set = std::get_if<algebra::KeySet>(&scan.keys)) {
    if (set->keys.empty()) return 0;
  }
  return rows_of(scan, table, estimates);
}

double scanned_rows(const algebra::ScanBy& scan, const catalog::TableDefinition* table,
                    RowEstimates& estimates) {
  return rows_of(scan, table, estimates);
}

std::set<StoredColumn> scanned_by(const algebra::Plan& scan,
                                  const catalog::TableDefinition* table) {
  if (table == nullptr) return {};
  if (const auto* const by = std::get_if<algebra::ScanBy>(&scan.node)) {
    return columns_by(*by, *table);
  }
  const auto* const of = std::get_if<algebra::Scan>(&scan.node);
  return of == nullptr ? std::set<StoredColumn>() : columns_by(*of, *table);
}

}  // namespace octavo::sql
