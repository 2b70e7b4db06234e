#pragma once

// A list: a ring of packs of up to 8 KiB each, so that pushing and popping at both ends is a
// short append, and reaching an index skips whole chunks.

#include <cstdint>
#include <string>
#include <string_view>

#include "keyspace/type/memory.h"
#include "keyspace/type/pack.h"

namespace octavo::keyspace {

class ListValue : public Counted {
 public:
  static constexpr std::uint32_t kChunkBytes = 8192;

  ListValue() = default;
  ListValue(const ListValue&) = delete;
  ListValue& operator=(const ListValue&) = delete;
  ~ListValue();
  ListValue* clone() const;

  std::uint64_t size() const { return size_; }
  std::string_view at(std::uint64_t index) const;  // index < size()
  std::string_view front() const { return chunk(0).get(chunk(0).first()); }
  std::string_view back() const { return chunk(count_ - 1).get(chunk(count_ - 1).last()); }

  void push_front(std::string_view bytes);
  void push_back(std::string_view bytes);
  void pop_front();
  void pop_back();
  void set(std::uint64_t index, std::string_view bytes);
  void insert(std::uint64_t before, std::string_view bytes);
  void erase(std::uint64_t index, std::uint64_t count);

  // Removes up to `limit` elements equal to `bytes` (0: all), from the front or from the back.
  std::uint64_t remove_equal(std::string_view bytes, std::uint64_t limit, bool from_back);

  // Calls `visit(element)` from `start` on, forwards or backwards, while it returns true.
  template <class Visit>
  void visit(std::uint64_t start, bool backwards, Visit&& visit) const {
    if (start >= size_) return;
    Spot spot = locate(start);
    for (;;) {
      const Pack& pack = chunk(spot.chunk);
      if (!visit(pack.get(spot.place))) return;
      if (backwards) {
        if (spot.place == pack.first()) {
          if (spot.chunk == 0) return;
          --spot.chunk;
          spot.place = chunk(spot.chunk).last();
        } else {
          spot.place = pack.previous(spot.place);
        }
      } else {
        spot.place = pack.next(spot.place);
        if (spot.place == pack.end()) {
          if (++spot.chunk == count_) return;
          spot.place = chunk(spot.chunk).first();
        }
      }
    }
  }

  std::uint32_t chunk_count() const { return count_; }

 private:
  struct Spot {
    std::uint32_t chunk;
    Pack::Place place;
  };

  Pack& chunk(std::uint32_t i) { return chunks_[(head_ + i) & (capacity_ - 1)]; }
  const Pack& chunk(std::uint32_t i) const { return chunks_[(head_ + i) & (capacity_ - 1)]; }
  Spot locate(std::uint64_t index) const;
  // Opens an empty chunk in front of chunk `i`; erase_chunk closes one.
  Pack& insert_chunk(std::uint32_t i);
  void erase_chunk(std::uint32_t i);
  void merge_small(std::uint32_t i);

  Pack* chunks_ = nullptr;
  std::uint32_t capacity_ = 0;  // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t count_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace octavo::keyspace
