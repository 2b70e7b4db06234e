#pragma once

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

}  // namespace octavo::value
