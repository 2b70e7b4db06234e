#pragma once

// Bytes of a text, as lexers tell them apart.

#include <array>
#include <cstdint>

#include "base/ascii.h"

namespace octavo::sql {

namespace chars {
enum Class : std::uint8_t { kSpace = 1, kHexDigit = 2, kName = 4 };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'}) {
    classes[static_cast<unsigned char>(c)] = kSpace;
  }
  for (int c = 0; c < 256; ++c) {
    const bool digit = c < 128 && is_digit(static_cast<char>(c));
    const int lower = c | 0x20;
    const bool letter = c < 128 && is_letter(static_cast<char>(c));
    if (digit || (letter && lower <= 'f')) classes[static_cast<std::size_t>(c)] |= kHexDigit;
    // Any character outside of ASCII may be in a name.
    if (digit || letter || c == '_' || c == '$' || c >= 128) {
      classes[static_cast<std::size_t>(c)] |= kName;
    }
  }
  return classes;
}();

constexpr bool is(char c, Class which) {
  return (kClasses[static_cast<unsigned char>(c)] & which) != 0;
}
}  // namespace chars

inline bool is_space(char c) { return chars::is(c, chars::kSpace); }
inline bool is_hex_digit(char c) { return chars::is(c, chars::kHexDigit); }
inline bool is_name_char(char c) { return chars::is(c, chars::kName); }

}  // namespace octavo::sql
