#include "dialect/sql/bind/join_cost.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace octavo::sql {
namespace {

// An equality of columns of which nothing is known: as if each value were there so often.
constexpr double kRowsOfValue = 10;

// In rows that a scan reads: 0.4 µs each, where a look by key takes 4 µs (note 0017, 5.4).
constexpr double kLookup = 10;
constexpr double kIndexLookup = 20;  // opens a cursor
constexpr double kIndexMatch = 5;    // and reads each row by its key

// More than these may be more than the memory of a query, in which they are held.
constexpr double kMostHeldRows = 500'000;

double at_least_one(double rows) { return std::max(rows, 1.0); }

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

bool is_less_work(const LookupWork& lookup, const HashWork& hash) {
  if (hash.held > kMostHeldRows) return true;
  const double work = lookup.by_index ? lookup.outer * kIndexLookup + lookup.matches * kIndexMatch
                                      : lookup.outer * kLookup;
  return work <= hash.read;
}

}  // namespace octavo::sql
