#pragma once

// Wakes whoever waits for news: a coroutine between two batches, or a worker thread inside of an
// evaluation. Sticky: rung while nobody waits, the next wait is over at once. One waiter at a time.
// It lives until the last `ring` has returned: who rings shares it, or rings under a lock that its
// owner takes before it goes.

#include <cstdint>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "io/event.h"
#include "io/task.h"

namespace octavo::protocol {

enum class Woken : std::uint8_t {
  rung,
  late,  // the time was over first; a ring that comes now is for the next wait
  over,  // it was cancelled first; likewise
};

class Alarm {
 public:
  void ring();  // from any thread

  // On an executor, for at most `limit` (0: for ever).
  [[nodiscard]] io::Task<Woken> wait(Nanoseconds limit, CancelToken over = {});
  // Blocks a thread that is no executor's.
  Woken block(Nanoseconds limit);

 private:
  io::Event event_;
  Mutex mutex_;  // for `block`: no ring falls between its look at `event_` and its sleep
  Condition changed_;
};

}  // namespace octavo::protocol
