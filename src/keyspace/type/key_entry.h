#pragma once

#include <cstdint>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/expiry_heap.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

// A key with its value. Made and changed by its Database only.
struct KeyEntry : DenseNode {
  Object value;
  std::int64_t expire_at_ms = kNoExpiry;  // since 1970
  std::uint64_t version = 0;              // of the last change; see Keyspace::version_of
  std::uint32_t heap_position = 0;        // in the expiry heap, from 1; 0: not in it
  std::uint32_t access = 0;               // see access_clock.h
  std::uint32_t snapshot_epoch = 0;       // the last snapshot that has it or must not have it
  std::uint32_t key_size = 0;

  // The key's bytes lie behind the entry.
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_size}; }
  bool expired_at(std::int64_t now_ms) const {
    return expire_at_ms != kNoExpiry && expire_at_ms <= now_ms;
  }

  static KeyEntry* create(std::string_view key, std::uint32_t hash);
  static void destroy(KeyEntry* entry);
};

struct KeyMap : DenseMap<KeyEntry>, Counted {};

}  // namespace octavo::keyspace
