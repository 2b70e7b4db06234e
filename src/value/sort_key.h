#pragma once

// The bytes that sort keys are put together with (docs/formats/key.md, tag 42).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "value/key_bytes.h"

namespace octavo::value::sort_key {

// For each byte of a text the one byte that it weighs, or 0: not such a byte.
using ByteMap = std::array<std::uint8_t, 256>;

// Weights are put into a buffer on the stack first: most keys are as short as the texts of columns.
// All of it is in `out` after `flush`, which whoever puts something calls last.
class Buffer {
 public:
  static constexpr std::size_t kRoom = 16;   // what may be written at once
  static constexpr std::size_t kAtOnce = 8;  // bytes of text that are looked up together

  explicit Buffer(Bytes& out) : out_(out) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  // Where the next bytes go, and where they ended.
  char* room() {
    if (bytes_.size() - size_ < kRoom) flush();
    return bytes_.data() + size_;
  }
  void written(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.data()); }

  void put(unsigned byte) {
    char* const to = room();
    *to = static_cast<char>(byte);
    written(to + 1);
  }
  // Puts the bytes at the front of `text` that are in the map, and takes them off.
  void put_mapped(std::string_view& text, const ByteMap& map) {
    for (bool goes_on = true; goes_on && !text.empty();) {
      char* const to = room();
      const std::size_t most = std::min(text.size(), bytes_.size() - size_);
      std::size_t count = 0;
      while (most - count >= kAtOnce && put_eight(text.data() + count, map, to + count)) {
        count += kAtOnce;
      }
      for (; count < most; ++count) {
        const std::uint8_t byte = map[static_cast<unsigned char>(text[count])];
        if (byte == 0) break;
        to[count] = static_cast<char>(byte);
      }
      size_ += count;
      text.remove_prefix(count);
      goes_on = count == most;
    }
  }
  void end_key() {
    put(0);
    put(key_bytes::kEndOfText);
    flush();
  }
  void flush() {
    out_.append(bytes_.data(), size_);
    size_ = 0;
  }

 private:
  // Whether all of the next bytes are in the map; what is written else does not count. Without a
  // branch for each of them.
  static bool put_eight(const char* text, const ByteMap& map, char* to) {
    std::array<std::uint8_t, kAtOnce> weights;
    for (std::size_t i = 0; i < kAtOnce; ++i) weights[i] = map[static_cast<unsigned char>(text[i])];
    std::uint64_t all = 0;
    static_assert(sizeof all == kAtOnce);
    std::memcpy(&all, weights.data(), sizeof all);
    std::memcpy(to, weights.data(), sizeof all);
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    return ((all - kOnes) & ~all & (kOnes << 7)) == 0;
  }

  Bytes& out_;
  std::array<char, 256> bytes_;
  std::size_t size_ = 0;
};

inline char* put_byte(char* to, unsigned byte) {
  *to = static_cast<char>(byte);
  return to + 1;
}
// A byte that may be 0, which is escaped.
inline char* put_any_byte(char* to, unsigned byte) {
  to = put_byte(to, byte);
  return byte == 0 ? put_byte(to, static_cast<unsigned char>(key_bytes::kEscapedZero)) : to;
}

constexpr unsigned kNextLevel = 1;  // below all weights of a level

// Weights that compare as if the one to pad with followed without end. A run of that weight is
// written once, then how it goes on: each weight behind it is compared with the padding itself.
// `Encoding::put(to, weight)` writes a weight, at most four bytes, and answers where it ended; none
// is the beginning of another's.
template <class Encoding>
class PaddedWeights {
 public:
  PaddedWeights(Buffer& buffer, std::uint32_t padding) : buffer_(buffer), padding_(padding) {}

  void put(std::uint32_t weight) {
    if (weight == padding_) {
      ++run_;
      return;
    }
    char* to = buffer_.room();
    if (run_ > 0) to = put_run(to, weight < padding_);
    buffer_.written(Encoding::put(to, weight));
  }
  // As Buffer's; the map lacks what weighs as much as the padding. May put nothing: who calls goes
  // on with `put`.
  void put_mapped(std::string_view& text, const ByteMap& map) {
    if (run_ == 0) buffer_.put_mapped(text, map);
  }
  void end() {
    char* const to = Encoding::put(buffer_.room(), padding_);
    buffer_.written(put_byte(to, kEndless));
  }

 private:
  static constexpr unsigned kLowerFollows = 1, kEndless = 2, kHigherFollows = 3;
  static constexpr std::uint64_t kShortRuns = 0xf0;  // in one byte; longer ones in six
  static constexpr int kLongRunShift = 7, kLongRunGroups = 5;
  static_assert(4 + 1 + 1 + kLongRunGroups + 4 <= Buffer::kRoom);

  // The longer run is nearer to the endless one. No byte is 0.
  char* put_run(char* to, bool lower) {
    to = put_byte(Encoding::put(to, padding_), lower ? kLowerFollows : kHigherFollows);
    const auto count = [&](unsigned byte) { to = put_byte(to, lower ? byte : 0x100 - byte); };
    if (run_ <= kShortRuns) {
      count(static_cast<unsigned>(run_));
    } else {
      count(static_cast<unsigned>(kShortRuns + 1));
      for (int group = kLongRunGroups - 1; group >= 0; --group) {
        count(0x80U | static_cast<unsigned>(run_ >> group * kLongRunShift & 0x7fU));
      }
    }
    run_ = 0;
    return to;
  }

  Buffer& buffer_;
  std::uint32_t padding_;
  std::uint64_t run_ = 0;  // below 2^35
};

}  // namespace octavo::value::sort_key
