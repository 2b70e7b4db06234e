#pragma once

// Bytes are `std::string` (owned) and `std::string_view` (borrowed). The helpers below read and
// write fixed-width little-endian integers (every on-disk format of ours is little endian except
// the order-preserving keys, which are big endian) and LEB128 varints.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace octavo {

using Bytes = std::string;
using BytesView = std::string_view;

template <std::unsigned_integral T>
T load_le(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

template <std::unsigned_integral T>
void store_le(char* target, T value) {
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  std::memcpy(target, &value, sizeof(T));
}

template <std::unsigned_integral T>
void put_le(Bytes& out, T value) {
  char buffer[sizeof(T)];
  store_le(buffer, value);
  out.append(buffer, sizeof(T));
}

template <std::unsigned_integral T>
T load_be(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  return value;
}

template <std::unsigned_integral T>
void put_be(Bytes& out, T value) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  char buffer[sizeof(T)];
  std::memcpy(buffer, &value, sizeof(T));
  out.append(buffer, sizeof(T));
}

void put_long_varint(Bytes& out, std::uint64_t value);
inline void put_varint(Bytes& out, std::uint64_t value) {
  if (value >= 0x80) return put_long_varint(out, value);
  out.push_back(static_cast<char>(value));
}
void put_length_prefixed(Bytes& out, BytesView value);

// Reads from the front of a view. Every `get_*` returns nullopt on truncated or malformed input
// and then leaves the reader where it was.
class ByteReader {
 public:
  explicit ByteReader(BytesView input) : rest_(input) {}

  template <std::unsigned_integral T>
  std::optional<T> get_le() {
    if (rest_.size() < sizeof(T)) return std::nullopt;
    T value = load_le<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  std::optional<std::uint64_t> get_varint();
  std::optional<BytesView> get_bytes(std::size_t size);
  std::optional<BytesView> get_length_prefixed();

  BytesView rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

 private:
  BytesView rest_;
};

}  // namespace octavo
