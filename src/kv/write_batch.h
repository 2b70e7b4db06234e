#pragma once

// Changes that are applied together or not at all. A flat buffer that keeps its memory over
// `clear`, so that the sequencer builds its batches without allocating.

#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/bytes.h"

namespace octavo::kv {

// Column families. `rows` has bloom filters, `index` has none (its reads are scans), `meta` is
// small.
enum class Family : std::uint8_t { meta, rows, index };
inline constexpr std::size_t kFamilyCount = 3;

class WriteBatch {
 public:
  enum class Kind : std::uint8_t { put, erase, erase_range };

  void put(Family family, BytesView key, BytesView value) { add(Kind::put, family, key, value); }
  // `key` = `head` + `tail` and `value` = `value_head` + `value_tail`, without joining them first.
  void put_parts(Family family, BytesView head, BytesView tail, BytesView value_head,
                 BytesView value_tail);
  void erase(Family family, BytesView key) { add(Kind::erase, family, key, {}); }
  void erase_parts(Family family, BytesView head, BytesView tail);
  // Everything in [begin, end).
  void erase_range(Family family, BytesView begin, BytesView end) {
    add(Kind::erase_range, family, begin, end);
  }

  // Changes of `other` come after those that are here.
  void append(const WriteBatch& other);
  void clear();
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return data_.size(); }

  // Calls `visit(Kind, Family, key, value or range end)` for each change in order.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    const char* at = data_.data();
    const char* const end = at + data_.size();
    while (at != end) {
      const auto kind = static_cast<Kind>(static_cast<std::uint8_t>(at[0]) >> 4);
      const auto family = static_cast<Family>(static_cast<std::uint8_t>(at[0]) & 15);
      const std::size_t key_size = load_le<std::uint32_t>(at + 1);
      const std::size_t value_size = load_le<std::uint32_t>(at + 5);
      at += kEntryHeaderSize;
      visit(kind, family, BytesView(at, key_size), BytesView(at + key_size, value_size));
      at += key_size + value_size;
    }
  }

 private:
  // u8 kind * 16 + family, u32 key size, u32 value size, key, value. Never leaves the process.
  static constexpr std::size_t kEntryHeaderSize = 9;

  char* extend(Kind kind, Family family, std::size_t key_size, std::size_t value_size);
  void add(Kind kind, Family family, BytesView key, BytesView value);

  Bytes data_;
  std::size_t count_ = 0;
};

}  // namespace octavo::kv
