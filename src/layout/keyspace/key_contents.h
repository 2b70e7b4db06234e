#pragma once

// The contents of keys that feeds tell of, as values. What a change made of a key is what the next
// change starts from, so of each change at most one content is made, and of that only the parts
// that are new: the rest is shared with the one before.
//
// Belongs to whoever applies; with the keyspace's mutex held. What is made is charged to the
// account in use.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/limits.h"
#include "keyspace/type/key_entry.h"
#include "value/value.h"

namespace octavo::layout {

class KeyContents {
 public:
  struct Content {
    value::Value value;
    std::size_t fresh_bytes = 0;  // about what was made now and is not shared
  };
  // The `value` of the key's document; `earlier` is what it was before, or null.
  Content of(unsigned db, const keyspace::KeyEntry& entry, const value::Value* earlier);
  void clear();
  // Of all contents that are held. Beyond it all are let go, and the next change of each key makes
  // its content anew.
  void set_limit(std::size_t bytes) { max_held_bytes_ = bytes; }

 private:
  struct Held {
    std::uint64_t version = 0;  // of the key
    value::Value value;
    std::size_t bytes = 0;
  };
  void hold(std::string name, Held held);

  std::unordered_map<std::string, Held> held_;  // by database and key
  std::size_t bytes_ = 0;
  std::size_t max_held_bytes_ = 4 * kMiB;
};

}  // namespace octavo::layout
