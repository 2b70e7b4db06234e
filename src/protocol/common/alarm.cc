#include "protocol/common/alarm.h"

namespace octavo::protocol {

void Alarm::ring() {
  event_.set();
  {
    const MutexLock lock(mutex_);
  }
  changed_.notify_one();
}

io::Task<Woken> Alarm::wait(Nanoseconds limit, CancelToken over) {
  if (limit.count() == 0) {
    const bool rung = co_await event_.wait(over);
    co_return rung ? Woken::rung : Woken::over;
  }
  CancelSource give_up(over);
  const CancelToken given_up = give_up.token();
  io::Timer timer(io::Executor::current(), [&give_up] { give_up.cancel(); });
  timer.start(limit);
  const bool rung = co_await event_.wait(given_up);
  if (rung) co_return Woken::rung;
  co_return over.cancelled() ? Woken::over : Woken::late;
}

Woken Alarm::block(Nanoseconds limit) {
  const MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!event_.try_consume()) {
    if (limit.count() == 0) {
      changed_.wait(mutex_);
    } else if (!changed_.wait_until(mutex_, until)) {
      return Woken::late;
    }
  }
  return Woken::rung;
}

}  // namespace octavo::protocol
