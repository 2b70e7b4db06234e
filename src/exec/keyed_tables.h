#pragma once

// Rows that have one of a few values of a field, without looking at all rows of their table.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "algebra/plan.h"

namespace octavo::exec {

// What a Source is as well if it knows.
class KeyedTables {
 public:
  virtual ~KeyedTables() = default;
  // Reads them, in order, with a look for each of the values, which are integers and differ: rows
  // of one value lie beside each other. Nothing: there is no such key, or it is not ready.
  virtual std::optional<algebra::Scan> scan_of_values(TableId table, std::string_view field,
                                                      std::vector<value::Value> values) const = 0;
  // For how many values that is thought to be less work than to read all rows of the table.
  virtual std::size_t most_values(TableId table) const = 0;
};

}  // namespace octavo::exec
