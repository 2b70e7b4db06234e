#pragma once

// What ACL LOG shows: calls that were denied, and passwords that were wrong. Thread-safe.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace octavo::redis {

struct AclDenial {
  enum class Reason : std::uint8_t { command, key, channel, auth };

  Reason reason = Reason::command;
  bool in_transaction = false;
  std::string object;    // the command, key or channel
  std::string username;  // as the client named it
  std::string client;    // its line of CLIENT LIST
  std::int64_t wall_ms = 0;
  std::int64_t count = 1;  // alike, within a minute
};

class AclLog {
 public:
  // At most `max_entries` are kept.
  void add(AclDenial denial, std::size_t max_entries);
  std::vector<AclDenial> newest(std::size_t count) const;  // newest first
  void clear();

 private:
  mutable Mutex mutex_;
  std::deque<AclDenial> denials_ OCTAVO_GUARDED_BY(mutex_);  // newest first
};

}  // namespace octavo::redis
