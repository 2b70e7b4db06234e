#pragma once

// Sessions that are told when something changes, each on its own thread: those of users whose
// rights can change, that is of all but the administrator, and all of them about settings.
// Thread-safe.

#include <set>

#include "base/mutex.h"
#include "io/remote_handle.h"

namespace octavo::redis {

class Session;

using Guest = io::RemoteHandle<Session>;

class Guests {
 public:
  void add(const Guest& guest);
  void remove(const Guest& guest);
  // From any thread: calls `look` on each, soon. One job for each I/O thread.
  void tell(void (Session::*look)());

 private:
  Mutex mutex_;
  std::set<Guest> guests_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
