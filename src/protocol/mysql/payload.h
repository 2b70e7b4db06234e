#pragma once

// What packets are made of: integers and texts with their length in front, texts that end with a
// zero byte. No I/O.

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace octavo::mysql {

inline constexpr char kNullCell = '\xfb';  // in the place of a text's length
constexpr std::size_t kMaxLengthBytes = 9;

void put_length(Bytes& out, std::uint64_t length);  // 1, 3, 4 or 9 bytes
void put_text(Bytes& out, BytesView text);          // its length in front
void put_zero_ended(Bytes& out, BytesView text);

// Reads from the front. Each returns nullopt where the payload ends too soon, or is malformed, and
// then leaves the reader where it was.
class PayloadReader {
 public:
  explicit PayloadReader(BytesView payload) : reader_(payload) {}

  template <std::unsigned_integral T>
  std::optional<T> integer() {
    return reader_.get_le<T>();
  }
  std::optional<std::uint64_t> length();
  std::optional<BytesView> text();
  std::optional<BytesView> zero_ended();
  std::optional<BytesView> bytes(std::size_t size) { return reader_.get_bytes(size); }

  BytesView rest() const { return reader_.rest(); }
  bool empty() const { return reader_.empty(); }

 private:
  ByteReader reader_;
};

}  // namespace octavo::mysql
