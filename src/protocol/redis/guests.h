#pragma once

// Sessions that are told when something changes, each on its own thread: those of users whose
// rights can change, that is of all but the administrator, and all of them about settings.
// Thread-safe.

#include <memory>
#include <mutex>
#include <unordered_set>

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
  // From any thread: calls `look` on each, soon. One job for each I/O thread.
  void tell(void (Session::*look)());

 private:
  std::mutex mutex_;
  std::unordered_set<GuestPtr> guests_;
};

}  // namespace octavo::redis
