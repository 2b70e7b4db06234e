#pragma once

// The text of a statement in the character set of its client, and as everything behind reads it.

#include <cstddef>
#include <string>
#include <string_view>

#include "value/charset.h"

namespace octavo::mysql {

// A set of which each byte is a character. All others are UTF-8 themselves, or no text.
bool is_of_bytes(const value::Charset& charset);

// In UTF-8.
std::string to_utf8(const value::Charset& client, std::string_view text);

// How many bytes of `text` became the first `converted` ones.
std::size_t client_bytes(const value::Charset& client, std::string_view text,
                         std::string_view converted);

}  // namespace octavo::mysql
