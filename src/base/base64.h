#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace octavo {

// RFC 4648: the standard alphabet with padding, and the URL-safe alphabet without. Decoding is
// strict: nullopt for a foreign character, wrong padding or stray bits.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_url_encode(std::string_view bytes);
std::optional<std::string> base64_url_decode(std::string_view text);

}  // namespace octavo
