#pragma once

// Positions in UTF-8 text counted in code points. The text is valid: datums are checked on entry.

#include <cstddef>
#include <string_view>

namespace octavo::reql {

inline bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

inline std::size_t count_code_points(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += starts_code_point(c) ? 1 : 0;
  return count;
}

// The byte where code point `index` starts; the size of the text when there are fewer.
inline std::size_t code_point_offset(std::string_view utf8, std::size_t index) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (starts_code_point(utf8[i]) && seen++ == index) return i;
  }
  return utf8.size();
}

}  // namespace octavo::reql
