#include "base/uuid.h"

#include "base/assert.h"
#include "base/random.h"

namespace octavo {

std::string format_uuid(BytesView raw) {
  ASSERT(raw.size() == 16);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    const auto byte = static_cast<unsigned char>(raw[i]);
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

std::string random_uuid() {
  Bytes raw = secure_random_bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  return format_uuid(raw);
}

}  // namespace octavo
