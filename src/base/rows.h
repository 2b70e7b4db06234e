#pragma once

// What the compiler checks of tables: that they have a row for each enumerator, which is found by
// its place, and that no two rows have the same key.

#include <array>
#include <cstddef>
#include <utility>

namespace octavo {

// Whether the rows are those of the enumerators from 0 to `last`, each once and in their order.
template <class Row, class Enum, std::size_t kCount>
consteval bool rows_in_place(const std::array<Row, kCount>& rows, Enum Row::* key, Enum last) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (static_cast<std::size_t>(rows[i].*key) != i) return false;
  }
  return kCount == static_cast<std::size_t>(last) + 1;
}

// Whether no two rows have the same value in any of these members.
template <class Rows, class... Key>
consteval bool rows_differ(const Rows& rows, Key... keys) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (((rows[i].*keys == rows[k].*keys) || ...)) return false;
    }
  }
  return true;
}

// The row of an enumerator, in a table whose rows are in place.
template <class Row, class Enum, std::size_t kCount>
constexpr const Row& row_of(const std::array<Row, kCount>& rows, Enum which) {
  return rows[static_cast<std::size_t>(which)];
}

}  // namespace octavo
