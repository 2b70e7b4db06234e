#include "protocol/mysql/language/client_text.h"

#include <algorithm>

namespace octavo::mysql {
namespace {

// All sets but those of single bytes are UTF-8 themselves.
bool is_converted(const value::Charset& client) { return client.id == value::CharsetId::latin1; }

}  // namespace

std::string to_utf8(const value::Charset& client, std::string_view text) {
  if (!is_converted(client)) return std::string(text);
  std::string out;
  // A byte that the set does not have is shown as `?`.
  static_cast<void>(client.to_utf8(text, out));
  return out;
}

std::size_t client_bytes(const value::Charset& client, std::string_view text,
                         std::string_view converted) {
  if (!is_converted(client)) return std::min(text.size(), converted.size());
  const auto characters = std::ranges::count_if(
      converted, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return std::min(text.size(), static_cast<std::size_t>(characters));
}

}  // namespace octavo::mysql
