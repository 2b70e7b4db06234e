#include "value/text.h"

#include "base/text.h"
#include "base/uuid.h"

namespace octavo::value {
std::optional<Bytes> parse_uuid(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  std::string digits(text);
  if (digits.size() == 36) {
    for (const std::size_t at : {23UL, 18UL, 13UL, 8UL}) {
      if (digits[at] != '-') return std::nullopt;
      digits.erase(at, 1);
    }
  }
  if (digits.size() != 32) return std::nullopt;
  return parse_hex(digits);
}

std::string text_of(const Value& value) {
  switch (value.type()) {
    case Type::uuid: return format_uuid(value.as_bytes());
    case Type::object_id: return format_hex(value.as_bytes());
    default: return std::string(value.as_string());
  }
}

}  // namespace octavo::value
