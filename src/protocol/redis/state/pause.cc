#include "protocol/redis/state/pause.h"

#include <algorithm>

namespace octavo::redis {

void Pause::begin(Mode mode, std::int64_t until_monotonic_ns) {
  const MutexLock lock(mutex_);
  const bool running = mode_ != Mode::none && system_clock().monotonic_ns() < until_ns_;
  until_ns_ = running ? std::max(until_ns_.load(), until_monotonic_ns) : until_monotonic_ns;
  mode_ = running ? std::max(mode_.load(), mode) : mode;
}

void Pause::end() {
  const MutexLock lock(mutex_);
  mode_ = Mode::none;
  until_ns_ = 0;
  for (protocol::Alarm* waiter : waiters_) waiter->ring();
}

std::size_t Pause::waiting() const {
  const MutexLock lock(mutex_);
  return waiters_.size();
}

io::Task<void> Pause::wait(CancelToken token) {
  protocol::Alarm over;
  Nanoseconds left{0};
  {
    const MutexLock lock(mutex_);
    if (mode_ == Mode::none) co_return;
    waiters_.push_back(&over);
    left = Nanoseconds(std::max<std::int64_t>(until_ns_ - system_clock().monotonic_ns(), 1));
  }
  (void)co_await over.wait(left, token);  // the caller asks how it stands
  const MutexLock lock(mutex_);
  std::erase(waiters_, &over);
}

}  // namespace octavo::redis
