#include "protocol/mysql/language/client_text.h"

#include <algorithm>

#include "value/utf8.h"

namespace octavo::mysql {
bool is_of_bytes(const value::Charset& charset) {
  return charset.most_bytes == 1 && charset.id != value::CharsetId::binary;
}

std::string to_utf8(const value::Charset& client, std::string_view text) {
  if (!is_of_bytes(client)) return std::string(text);
  std::string out;
  // A byte that the set does not have is shown as `?`.
  static_cast<void>(client.to_utf8(text, out));
  return out;
}

std::size_t client_bytes(const value::Charset& client, std::string_view text,
                         std::string_view converted) {
  if (!is_of_bytes(client)) return std::min(text.size(), converted.size());
  return std::min(text.size(), value::count_code_points(converted));
}

}  // namespace octavo::mysql
