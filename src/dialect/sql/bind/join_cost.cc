#include "dialect/sql/bind/join_cost.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace octavo::sql {
namespace {

// An equality of columns of which nothing is known: as if each value were there so often.
constexpr double kRowsOfValue = 10;

// Microseconds. Those of rows were measured over 600,000 rows in memory (docs/benchmarks.md,
// TPC-H).
constexpr double kScannedRow = 0.23;
constexpr double kRowByKey = 3.3;
constexpr double kRowByIndex = 5;
constexpr double kRowBeside = 1.8;
// Those of joins are estimates, by what few queries took in all.
constexpr double kLookInIndex = 1.5;
constexpr double kPlanOfRow = 12;  // operators are opened
constexpr double kRowOfPlan = 2;   // is made as a value, where others are columns
constexpr double kHeldRow = 0.15;
constexpr double kProbe = 0.1;
constexpr double kPair = 0.1;

// More than these may be more than the memory of a query, in which they are held: both sides go to
// the disk.
constexpr double kMostHeldRows = 500'000;
constexpr double kRowOnDisk = 5;

double at_least_one(double rows) { return std::max(rows, 1.0); }

double cost_of_row(Found found) {
  switch (found) {
    case Found::in_order: return kScannedRow;
    case Found::by_key: return kRowByKey;
    case Found::by_index: return kRowByIndex;
    case Found::beside: return kRowBeside;
  }
  return kScannedRow;
}

}  // namespace

double joined_rows(double left, double right, const JoinKeys& keys) {
  const double of_key = keys.values.empty() ? 1 : *std::ranges::max_element(keys.values);
  double rows = left * right / of_key;
  // Several keys often say much the same.
  bool is_first = true;
  for (const double values : keys.values) {
    if (values == of_key && std::exchange(is_first, false)) continue;
    rows /= std::sqrt(values);
  }
  return at_least_one(rows);
}

double values_of_no_key(double rows) { return at_least_one(rows / kRowsOfValue); }

double cost_of_reading(double rows, Found found) { return rows * cost_of_row(found); }

double cost_of(const LookupWork& work) {
  const double rows = work.matches * (cost_of_row(work.found) + kPair);
  if (work.by_plan) return rows + work.matches * kRowOfPlan + work.outer * kPlanOfRow;
  return work.found == Found::by_key ? work.outer * (kRowByKey + kPair)
                                     : rows + work.outer * kLookInIndex;
}

double cost_of(const HashWork& work) {
  const double held = std::min(work.left, work.right);
  const double probes = std::max(work.left, work.right);
  const double disk = held > kMostHeldRows ? (held + probes) * kRowOnDisk : 0;
  return held * kHeldRow + probes * kProbe + work.made * kPair + disk;
}

}  // namespace octavo::sql
