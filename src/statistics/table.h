#pragma once

// What is known of a table at one time. Immutable once it is published; any thread.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "statistics/column.h"

namespace octavo::statistics {

// Several columns together: the first ones of a key.
struct Columns {
  std::vector<std::string> names;
  double distinct = 0;  // of their values together, rows with a null among them as well
};

struct Table {
  std::string uuid;             // of the table
  std::uint64_t rows = 0;       // that were there
  std::int64_t made_at_ns = 0;  // wall clock
  std::vector<Column> columns = {};
  std::vector<Columns> together = {};

  // Null: nothing is known of it.
  const Column* find(std::string_view name) const {
    const auto found = std::ranges::find(columns, name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
  }
  const Columns* find(std::span<const std::string> names) const {
    const auto found = std::ranges::find_if(
        together, [names](const Columns& each) { return std::ranges::equal(each.names, names); });
    return found == together.end() ? nullptr : &*found;
  }
};
using TablePointer = std::shared_ptr<const Table>;

}  // namespace octavo::statistics
