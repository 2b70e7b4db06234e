#include "base/uuid.h"

#include "base/assert.h"
#include "base/random.h"
#include "base/text.h"

namespace octavo {

std::string format_uuid(BytesView raw) {
  ASSERT(raw.size() == 16);
  std::string text = format_hex(raw);
  for (const std::size_t at : {20UL, 16UL, 12UL, 8UL}) text.insert(at, 1, '-');
  return text;
}

std::string random_uuid() {
  Bytes raw = secure_random_bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  return format_uuid(raw);
}

}  // namespace octavo
