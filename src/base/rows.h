#pragma once

// Tables with a row for each enumerator, which is found by its place: enumerators and rows cannot
// come apart without the compiler saying so.

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

// The row of an enumerator, in a table whose rows are in place.
template <class Row, class Enum, std::size_t kCount>
constexpr const Row& row_of(const std::array<Row, kCount>& rows, Enum which) {
  return rows[static_cast<std::size_t>(which)];
}

}  // namespace octavo
