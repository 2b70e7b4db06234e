#pragma once

// The names of all keys of a database as they are at one moment, collected in steps between which
// the keyspace goes on. What is deleted before its turn is noted when it goes; what comes later is
// left out, also when it moves into a place that is still to be visited (see dense_map.h).

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/bytes.h"
#include "keyspace/reply.h"
#include "keyspace/type/key_entry.h"

namespace octavo::keyspace {

class Keyspace;

class KeyScan {
 public:
  // Of the keys that have not expired by then and match. Takes the keyspace's mutex.
  KeyScan(Keyspace& keyspace, unsigned db, std::int64_t now_ms, std::string_view pattern);
  ~KeyScan();  // takes it, too
  KeyScan(const KeyScan&) = delete;
  KeyScan& operator=(const KeyScan&) = delete;

  // Visits up to `keys` more keys with the mutex held, and appends what it found to `out`, as bulk
  // strings. False when that was all.
  bool step(std::size_t keys, Bytes& out);
  std::size_t found() const { return found_; }  // so far

  // --- For the keyspace, with its mutex held. ---
  const KeyMap* keys() const { return keys_; }
  void before_erase(const KeyEntry& entry);

 private:
  void note(const KeyEntry& entry);

  Keyspace& keyspace_;
  const KeyMap* keys_;  // stays, as garbage, when its database is flushed
  const std::int64_t now_ms_;
  const std::string pattern_;
  const bool all_;
  std::uint32_t left_;  // positions below are still to be visited
  // Entries at those positions that were visited before they moved there, or did not exist when
  // the scan began.
  std::unordered_set<const KeyEntry*> passed_over_;
  std::size_t found_ = 0;
  Bytes pending_;
  Reply names_{pending_};
};

}  // namespace octavo::keyspace
