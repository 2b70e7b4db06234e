#pragma once

// How SQL says what went wrong: MySQL's numbers (`Error::number`), with the state and the text that
// belong to them. The code says what kind of error it is to the layers below.
//
//   return sql::error<1146>(database, table);
//
// A number without a row, or too many or too few arguments, does not compile.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "dialect/sql/error/error_rows.h"

namespace octavo::sql {

// Null: there is none of that number.
constexpr const ErrorRow* find_error(std::uint32_t number) {
  const auto* found = std::ranges::lower_bound(kErrorRows, number, {}, &ErrorRow::number);
  return found != std::end(kErrorRows) && found->number == number ? found : nullptr;
}

constexpr std::string_view kGeneralState = "HY000";

// Five letters.
constexpr std::string_view state_of(std::uint32_t number) {
  const ErrorRow* row = find_error(number);
  return row == nullptr ? kGeneralState : row->state;
}

constexpr std::size_t count_arguments(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = text.find("%s"); i != text.npos; i = text.find("%s", i + 2)) ++count;
  return count;
}

// The row's text with `arguments` in its places, as many as there are.
Error make_error(const ErrorRow& row, std::span<const std::string_view> arguments);

template <std::uint16_t Number, class... Arguments>
std::unexpected<Error> error(const Arguments&... arguments) {
  constexpr const ErrorRow* kRow = find_error(Number);
  static_assert(kRow != nullptr);
  static_assert(count_arguments(kRow->text) == sizeof...(Arguments));
  const std::array<std::string_view, sizeof...(Arguments)> all{std::string_view(arguments)...};
  return std::unexpected<Error>(make_error(*kRow, all));
}

// 1235: what there is not, in MySQL's words for it.
inline std::unexpected<Error> not_supported(std::string_view what) { return error<1235>(what); }

// An error of the layers below, which has no number: with the one, and the text, that MySQL has for
// its code. One that has a number stays as it is.
Error with_number(Error error);

}  // namespace octavo::sql
