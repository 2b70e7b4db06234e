#pragma once

// The bytes of docs/formats/key.md that encoder, decoder and the keys of other orders share.

#include <cstdint>

#include "base/bytes.h"
#include "value/value.h"

namespace octavo::value::key_bytes {

constexpr char kEnd = 0x00;                             // closes an array or object
constexpr char kField = 0x01;                           // opens a field, or a scope
constexpr char kEndOfText = 0x01;                       // after 0x00
constexpr char kEscapedZero = static_cast<char>(0xff);  // after 0x00
constexpr std::uint64_t kSignBit = 1ULL << 63;
constexpr std::size_t kMaxNumberGroups = 10;  // 64 bits, seven to a byte
constexpr int kExponentBias = 0x8000;

void put_flipped(Bytes& out, std::int64_t value);
// 0x00 inside becomes 0x00 0xff; 0x00 0x01 ends.
void put_text(Bytes& out, std::string_view text);
void put_number(Bytes& out, const Value& number);  // without the tag

inline void invert(Bytes& bytes, std::size_t from) {
  for (std::size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

}  // namespace octavo::value::key_bytes
