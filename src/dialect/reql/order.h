#pragma once

// Ordering rows by functions of them, as order_by and union's interleave do.

#include <optional>
#include <string>
#include <vector>

#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {

struct OrderKey {
  Function function;
  bool descending = false;
};

// A row with its keys; a key that the row misses is absent and sorts first.
struct SortedRow {
  Value row;
  std::vector<std::optional<Value>> keys;
};

// The key that an argument of order_by or union names: a function or field, with r.asc or r.desc
// around it.
Result<OrderKey> order_key(Env& env, const algebra::ExprPtr& expression, const Val& value);

Result<SortedRow> with_keys(Env& env, const std::vector<OrderKey>& keys, Value row);
bool comes_before(const std::vector<OrderKey>& keys, const SortedRow& a, const SortedRow& b);
// Sorts, keeping the order of rows with equal keys.
Result<std::vector<Value>> sort_rows(Env& env, const std::vector<OrderKey>& keys,
                                     std::vector<Value> rows);

}  // namespace octavo::reql
