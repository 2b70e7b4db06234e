#pragma once

#include "base/result.h"

namespace octavo {

// Threads that may wait for what other work on the same threads must bring about, as for a lock.
// Who paces work (base/pacer.h) may be one as well.
class Waits {
 public:
  virtual ~Waits() = default;
  // From a thread that is about to wait: others do its share until `end_wait`, so that there is
  // somebody to bring about what it waits for. An error, and no wait: too many wait.
  virtual Status begin_wait() = 0;
  virtual void end_wait() = 0;
};

}  // namespace octavo
