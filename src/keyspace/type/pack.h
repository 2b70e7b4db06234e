#pragma once

// A row of byte strings in one buffer, walkable from both ends: the compact form of small hashes
// and sorted sets, and the chunk of a list.
//
// Each entry is `length, bytes, length`; a length below 254 takes one byte, a longer one takes
// 254 and four bytes (mirrored behind the bytes, so that the last byte always is the marker).
// There is room to grow at both ends, because lists are pushed to from both. Where the entries
// begin and end is in front of them, so that a pack is 16 bytes beside its buffer.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace octavo::keyspace {

class Pack {
 public:
  // A place in the buffer, counted from the first entry. Any change makes places behind it stale.
  using Place = std::uint32_t;

  Pack() = default;
  Pack(Pack&& other) noexcept { swap(other); }
  Pack& operator=(Pack&& other) noexcept {
    Pack moved(std::move(other));
    swap(moved);
    return *this;
  }
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;
  ~Pack();

  Pack clone() const;

  std::uint32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::uint32_t bytes() const { return has_block() ? bounds().end - bounds().begin : 0; }

  Place first() const { return 0; }
  Place end() const { return bytes(); }
  Place last() const { return previous(end()); }
  std::string_view get(Place place) const;
  Place next(Place place) const;
  Place previous(Place place) const;      // `place` is behind the first entry
  Place seek(std::uint32_t index) const;  // of the entry with that number; index < size()

  // The first entry equal to `bytes` among each `stride`-th entry, or end().
  Place find(std::string_view bytes, std::uint32_t stride) const;

  void push_back(std::string_view bytes) { insert(end(), bytes); }
  void push_front(std::string_view bytes) { insert(0, bytes); }
  void insert(Place before, std::string_view bytes);
  void erase(Place place, std::uint32_t entries = 1);
  void replace(Place place, std::string_view bytes);
  void clear();

  static constexpr std::uint32_t entry_bytes(std::size_t size) {
    return static_cast<std::uint32_t>(size) + 2 * (size < kLongMarker ? 1 : kLongHeaderBytes);
  }

  // In place of entries, an address that is not the pack's own: of what whoever has the pack makes
  // of them when they are too many. Such a pack is empty, and takes none. 0: it has none.
  static Pack of_address(std::uintptr_t address) {
    Pack out;
    out.block_ = reinterpret_cast<char*>(address);
    return out;
  }
  std::uintptr_t address() const {
    return has_block() ? 0 : reinterpret_cast<std::uintptr_t>(block_);
  }

 private:
  // Places in the room behind it.
  struct Bounds {
    std::uint32_t begin;
    std::uint32_t end;
  };
  static constexpr std::uint8_t kLongMarker = 254;
  static constexpr std::uint32_t kLongHeaderBytes = 5;

  void swap(Pack& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(capacity_, other.capacity_);
    std::swap(count_, other.count_);
  }
  bool has_block() const { return capacity_ != 0; }
  Bounds& bounds() { return *reinterpret_cast<Bounds*>(block_); }
  const Bounds& bounds() const { return *reinterpret_cast<const Bounds*>(block_); }
  char* room() const { return block_ + sizeof(Bounds); }
  char* entries() const { return room() + bounds().begin; }
  void free_block();
  // Opens a gap of `size` bytes at `place` and returns where it is.
  char* open(Place place, std::uint32_t size);
  void close(Place place, std::uint32_t size);
  static void write_entry(char* target, std::string_view bytes);

  char* block_ = nullptr;       // Bounds and the room
  std::uint32_t capacity_ = 0;  // of the room
  std::uint32_t count_ = 0;
};
static_assert(sizeof(Pack) == 16);

}  // namespace octavo::keyspace
