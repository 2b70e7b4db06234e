#pragma once

// Sessions of users whose rights can change, that is of all but the administrator's: when users or
// grants change each of them looks at what it has going on, on its own thread. Thread-safe.

#include <memory>
#include <mutex>
#include <vector>

#include "io/executor.h"

namespace octavo::redis {

class Session;

// `session` is touched on `executor` only, and is null once the session has gone.
struct Guest {
  io::Executor& executor;
  Session* session;
};
using GuestPtr = std::shared_ptr<Guest>;

class Guests {
 public:
  void add(const GuestPtr& guest);
  void remove(const GuestPtr& guest);
  // From any thread: `Session::look_at_rights` of each, soon. One job for each I/O thread.
  void rights_changed();

 private:
  std::mutex mutex_;
  std::vector<GuestPtr> guests_;
};

}  // namespace octavo::redis
