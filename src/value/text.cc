#include "value/text.h"

namespace octavo::value {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string format_hex(BytesView bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

std::optional<Bytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string format_uuid(BytesView sixteen_bytes) {
  std::string text = format_hex(sixteen_bytes);
  for (const std::size_t at : {20UL, 16UL, 12UL, 8UL}) text.insert(at, 1, '-');
  return text;
}

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
