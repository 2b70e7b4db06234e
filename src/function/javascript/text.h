#pragma once

// Text of values is UTF-8; that of the machine of scripts is CESU-8: characters above U+FFFF are
// two surrogates of three bytes each.

#include <string>
#include <string_view>

namespace octavo::javascript {

// Bytes that are no UTF-8 become U+FFFD: no text from outside is one of the machine's own symbols,
// which begin with such bytes.
std::string to_script_text(std::string_view utf8);
// Surrogates without their other half become U+FFFD.
std::string from_script_text(std::string_view cesu8);

// Whether both are the same.
bool is_plain_text(std::string_view text);

}  // namespace octavo::javascript
