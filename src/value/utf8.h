#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::value {

// The byte position of the first ill-formed sequence (RFC 3629: no overlong forms, no surrogates,
// nothing above U+10FFFF), or nullopt when all of `text` is UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

constexpr char32_t kReplacement = 0xfffd;  // stands for what is no character

// Takes the character at the front off `text`, which is not empty; a byte that begins no
// well-formed sequence is `kReplacement` by itself.
char32_t take_code_point(std::string_view& text);
// `c` is a code point: below 0x110000 and no surrogate.
void append_utf8(std::string& out, char32_t c);

// Of text that is UTF-8: whether this byte is the first of a character.
constexpr bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

inline std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

// Where the character of that number begins, from 0; the size of the text when it has fewer.
inline std::size_t code_point_offset(std::string_view text, std::size_t number) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_code_point(text[i]) && seen++ == number) return i;
  }
  return text.size();
}

}  // namespace octavo::value
