#pragma once

// The last calls that took long. Thread-safe.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "keyspace/command.h"

namespace octavo::redis {

struct SlowCall {
  std::int64_t id = 0;
  std::int64_t wall_s = 0;
  std::int64_t duration_us = 0;
  std::vector<std::string> args;  // shortened
  std::string client;             // its address
  std::string client_name;
};

class SlowLog {
 public:
  // Gives the call its id. At most `max_calls` are kept.
  void add(SlowCall call, std::size_t max_calls);
  std::vector<SlowCall> newest(std::size_t count) const;  // newest first
  std::size_t size() const;
  void clear();

 private:
  mutable Mutex mutex_;
  std::int64_t next_id_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::deque<SlowCall> calls_ OCTAVO_GUARDED_BY(mutex_);  // newest first
};

// At most 32 arguments of at most 128 bytes; the last says what is left out.
std::vector<std::string> shortened(keyspace::Args args);

}  // namespace octavo::redis
