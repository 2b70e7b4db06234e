#pragma once

// Who wants to be told when the log grows. Shared by all back ends.
//
// A waker may hold the last reference to its reader, whose end disarms it: wakers are destroyed
// after the mutex is let go.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>

#include "base/mutex.h"

namespace octavo::log {

class TailWakers {
 public:
  using Wake = std::move_only_function<void()>;

  // One waker per key (the reader's address); a second call replaces the first. `already` is asked
  // after the waker is in place, so nothing that happens in between is missed; if it says yes, the
  // waker is called here.
  template <class Already>
  void arm(const void* key, Wake wake, Already&& already) {
    {
      const MutexLock lock(mutex_);
      std::swap(wakers_[key], wake);
      armed_.store(true);
    }
    if (already()) fire(key);
  }

  // Drops the waker, and waits if it is being called.
  void disarm(const void* key) {
    std::map<const void*, Wake>::node_type dropped;
    const MutexLock lock(mutex_);
    dropped = wakers_.extract(key);
  }

  // After the log has grown. Costs one load when nobody waits.
  void wake_all() {
    if (!armed_.load()) return;
    std::map<const void*, Wake> called;
    const MutexLock lock(mutex_);
    armed_.store(false);
    for (auto& [key, wake] : wakers_) wake();
    called.swap(wakers_);
  }

 private:
  void fire(const void* key) {
    std::map<const void*, Wake>::node_type called;
    const MutexLock lock(mutex_);
    called = wakers_.extract(key);
    if (called) called.mapped()();
  }

  std::atomic<bool> armed_{false};
  Mutex mutex_;  // held during a wake, which therefore may not use its reader
  std::map<const void*, Wake> wakers_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::log
