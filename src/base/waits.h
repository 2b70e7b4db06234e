#pragma once

#include "base/pacer.h"
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

// A wait of a thread whose work `pacer` paces, to the end of the scope.
class WaitScope {
 public:
  explicit WaitScope(Pacer* pacer) : threads_(dynamic_cast<Waits*>(pacer)) {}
  ~WaitScope() {
    if (begun_) threads_->end_wait();
  }
  WaitScope(const WaitScope&) = delete;
  WaitScope& operator=(const WaitScope&) = delete;

  // Before the wait. An error: there is to be none.
  Status begin() {
    if (threads_ == nullptr) return {};
    TRY_STATUS(threads_->begin_wait());
    begun_ = true;
    return {};
  }

 private:
  Waits* const threads_;  // null: nobody counts on the thread
  bool begun_ = false;
};

}  // namespace octavo
