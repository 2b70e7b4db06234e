#pragma once

// The bytes of docs/formats/key.md that encoder and decoder share.

#include <cstdint>

#include "base/bytes.h"

namespace octavo::value::key_bytes {

constexpr char kEnd = 0x00;                             // closes an array or object
constexpr char kField = 0x01;                           // opens a field, or a scope
constexpr char kEndOfText = 0x01;                       // after 0x00
constexpr char kEscapedZero = static_cast<char>(0xff);  // after 0x00
constexpr std::uint64_t kSignBit = 1ULL << 63;
constexpr std::size_t kMaxNumberGroups = 10;  // 64 bits, seven to a byte
constexpr int kExponentBias = 0x8000;

inline void invert(Bytes& bytes, std::size_t from) {
  for (std::size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

}  // namespace octavo::value::key_bytes
