#pragma once

// What quoted strings and names stand for.

#include <string_view>

namespace octavo::sql {

// Writes the content of a string or name, which stood in `quote`s, to `out`, which has room for
// `content.size()` bytes; returns how many it wrote. `\%` and `\_` stay as they are: they mean
// something to LIKE.
std::size_t unescape(std::string_view content, char quote, bool backslashes, char* out);

}  // namespace octavo::sql
