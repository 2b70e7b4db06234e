#pragma once

#include <cstdint>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/expiry_heap.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

// When a key ends: beside it, as most keys live for ever.
struct KeyExpiry {
  std::int64_t at_ms = kNoExpiry;   // since 1970
  std::uint32_t heap_position = 0;  // in the expiry heap, from 1; 0: not in it
};

// A key with its value. Made and changed by its Database only. With a key of 16 bytes it fills a
// block of 64.
struct KeyEntry : DenseNode {
  std::uint32_t key_size = 0;
  Object value;
  KeyExpiry* expiry = nullptr;       // null: it lives for ever
  std::uint64_t version = 0;         // of the last change; see Keyspace::version_of
  std::uint32_t access = 0;          // see access_clock.h
  std::uint32_t snapshot_epoch = 0;  // the last snapshot that has it or must not have it

  // The key's bytes lie behind the entry.
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_size}; }
  std::int64_t expire_at_ms() const { return expiry == nullptr ? kNoExpiry : expiry->at_ms; }
  bool expired_at(std::int64_t now_ms) const {
    return expiry != nullptr && expiry->at_ms <= now_ms;
  }
  // kNoExpiry: it lives for ever, and is not in the heap. Else its place there is another one.
  void expire_at(std::int64_t at_ms);
  std::uint32_t& heap_position() { return expiry->heap_position; }  // of one that expires

  static KeyEntry* create(std::string_view key);
  static void destroy(KeyEntry* entry);
};
static_assert(sizeof(KeyEntry) == 48);

struct KeyMap : DenseMap<KeyEntry>, Counted {};

}  // namespace octavo::keyspace
