#pragma once

// Frees on a thread of its own what is long in freeing and was given up by somebody who holds up
// others meanwhile: the holder of the sequencer role, an I/O thread.

#include <thread>
#include <vector>

#include "base/condition.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace octavo::stream {

// Of `T`, something whose destructor frees. From any thread.
template <class T>
class Reclaimer {
 public:
  Reclaimer() = default;
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;
  // Frees what is left.
  ~Reclaimer() {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    given_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void free_later(T piece) {
    {
      const MutexLock lock(mutex_);
      pieces_.push_back(std::move(piece));
      // Few servers ever need it.
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    given_.notify_one();
  }

 private:
  void run() {
    begin_thread("reclaimer", ThreadPriority::working);
    MutexLock lock(mutex_);
    while (!stopping_ || !pieces_.empty()) {
      if (pieces_.empty()) {
        given_.wait(mutex_);
        continue;
      }
      std::vector<T> taken;
      taken.swap(pieces_);
      lock.unlock();
      taken.clear();
      lock.lock();
    }
  }

  Mutex mutex_;
  Condition given_;
  std::vector<T> pieces_ OCTAVO_GUARDED_BY(mutex_);
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace octavo::stream
