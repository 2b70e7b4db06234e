#pragma once

// For tests of everything above `io`: an executor without a thread, with a clock that stands still.

#include <thread>
#include <utility>

#include "base/clock.h"
#include "io/executor.h"
#include "io/runtime.h"
#include "io/task.h"

namespace octavo::io {

struct TestLoop {
  ManualClock clock;
  Executor executor{clock, "test"};

  // Rounds until there is nothing left to do.
  void settle() {
    while (executor.poll()) {
    }
  }

  void advance(Nanoseconds by) {
    clock.advance(by);
    settle();
  }

  // Runs a task to its end, other threads being free to take part.
  template <class T>
  T run(Task<T> task) {
    detail::BlockingResult<T> result;
    detail::run_blocking(executor, std::move(task), result);
    while (!result.finished()) {
      if (!executor.poll()) std::this_thread::yield();
    }
    if constexpr (!std::is_void_v<T>) return *std::move(result.value);
  }
};

}  // namespace octavo::io
