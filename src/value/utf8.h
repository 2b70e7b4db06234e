#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace octavo::value {

// The byte position of the first ill-formed sequence (RFC 3629: no overlong forms, no surrogates,
// nothing above U+10FFFF), or nullopt when all of `text` is UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace octavo::value
