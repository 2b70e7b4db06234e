#pragma once

// The I/O threads of the process: N executors, each with a thread of its own.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/condition.h"
#include "base/mutex.h"
#include "io/executor.h"
#include "io/task.h"

namespace octavo::io {

struct RuntimeOptions {
  std::size_t threads = 0;  // 0: one per core
};

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  ~Runtime();  // stops
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Executor& next() noexcept;  // round robin, from any thread
  Executor& at(std::size_t index) { return *executors_[index]; }
  std::size_t size() const noexcept { return executors_.size(); }

  // Ends the loops and joins the threads. Every scope must be empty by then. Idempotent; not
  // from an I/O thread.
  void stop();

 private:
  std::vector<std::unique_ptr<Executor>> executors_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
};

namespace detail {

// Where a thread that is no executor waits for a root task.
struct BlockingWait {
  Mutex mutex;
  Condition changed;
  bool done OCTAVO_GUARDED_BY(mutex) = false;

  void finish() {
    const MutexLock lock(mutex);
    done = true;
    changed.notify_all();  // under the lock: the waiter frees this object
  }
  bool finished() {
    const MutexLock lock(mutex);
    return done;
  }
  void wait() {
    const MutexLock lock(mutex);
    while (!done) changed.wait(mutex);
  }
};

template <class T>
struct BlockingResult : BlockingWait {
  std::optional<T> value;
};
template <>
struct BlockingResult<void> : BlockingWait {};

template <class T>
Root run_blocking(Executor& executor, Task<T> task, BlockingResult<T>& result) {
  co_await resume_on(executor);
  {
    Task<T> local = std::move(task);
    if constexpr (std::is_void_v<T>) {
      co_await std::move(local);
    } else {
      result.value.emplace(co_await std::move(local));
    }
    co_await resume_on(executor);
  }
  result.finish();
}

}  // namespace detail

// Runs `task` on `executor`, whose loop runs on another thread, and waits for it. For `main` and
// for tests.
template <class T>
T block_on(Executor& executor, Task<T> task) {
  ASSERT(Executor::current_or_null() == nullptr);
  detail::BlockingResult<T> result;
  detail::run_blocking(executor, std::move(task), result);
  result.wait();
  if constexpr (!std::is_void_v<T>) return *std::move(result.value);
}

}  // namespace octavo::io
