#pragma once

// Character sets. All text is UTF-8 inside: a set is a property of a type and of what a client
// speaks, and texts are converted at the edge.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace octavo::value {

// Of this process: names are stored.
enum class CharsetId : std::uint8_t { binary, ascii, latin1, utf8mb3, utf8mb4 };

struct Charset {
  CharsetId id;
  std::string_view name, description, default_collation;
  std::uint8_t most_bytes;  // of a character
  // Append. False: something was not well formed, or is not in the set, and became `?`, a byte or a
  // character at a time. `binary` has no characters: its bytes stay as they are, and are no text
  // when they are no UTF-8.
  bool (*to_utf8)(std::string_view in, std::string& out);
  bool (*from_utf8)(std::string_view in, std::string& out);
};

std::span<const Charset> charsets();
const Charset& charset_of(CharsetId id);
// By name, in any case; `utf8` is utf8mb3. nullptr: there is none.
const Charset* find_charset(std::string_view name);

}  // namespace octavo::value
