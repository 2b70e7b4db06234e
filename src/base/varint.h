#pragma once

// LEB128 of unsigned integers, for who writes to memory of a known size; for others see bytes.h.

#include <cstddef>
#include <cstdint>

namespace octavo {

constexpr std::size_t kMaxVarintBytes = 10;

constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// What is behind it.
inline char* store_varint(char* target, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *target++ = static_cast<char>(value | 0x80);
  *target++ = static_cast<char>(value);
  return target;
}

}  // namespace octavo
