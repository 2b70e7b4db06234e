#include "protocol/mongodb/sweeper.h"

#include <utility>

#include "base/thread.h"

namespace octavo::mongodb {

Sweeper::Sweeper(Nanoseconds period, std::function<void()> sweep)
    : period_(period), sweep_(std::move(sweep)), thread_([this] { loop(); }) {}

void Sweeper::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sweeper::loop() {
  begin_thread("mongodb-sweep", ThreadPriority::lowest);
  for (;;) {
    {
      const auto until = std::chrono::steady_clock::now() + period_;
      const MutexLock lock(mutex_);
      while (!stopping_ && changed_.wait_until(mutex_, until)) {
      }
      if (stopping_) return;
    }
    sweep_();
  }
}

}  // namespace octavo::mongodb
