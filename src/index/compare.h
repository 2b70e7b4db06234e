#pragma once

// Whether the entries of an index are those of its table's rows: for `octavo check`.

#include <cstdint>

#include "index/index.h"
#include "kv/store.h"

namespace octavo::index {

struct Comparison {
  std::uint64_t rows = 0;
  std::uint64_t entries = 0;  // there are
  std::uint64_t missing = 0;  // of those that the rows should have
  std::uint64_t surplus = 0;  // that no row accounts for
};

// Reads the whole table and the whole index, at the newest state.
Result<Comparison> compare_with_rows(const kv::Store& engine, TableId table, const Index& index);

}  // namespace octavo::index
