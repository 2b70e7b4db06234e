#pragma once

// Every task that is not awaited in place has an owner that waits for it: a Scope. Its children
// run on the scope's executor. A scope is empty when it is destroyed:
//
//   Scope scope(Executor::current());
//   scope.spawn(pump(channel, scope.token()));
//   ...
//   co_await scope.stop();  // cancels the token, waits for the children

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <type_traits>

#include "base/cancel.h"
#include "io/executor.h"
#include "io/task.h"

namespace octavo::io {

class Scope {
 public:
  explicit Scope(Executor& executor) : Scope(executor, CancelToken()) {}
  // The children are cancelled also when `parent` is.
  Scope(Executor& executor, const CancelToken& parent) : executor_(executor), source_(parent) {}
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // From any thread. On the scope's executor the task runs at once up to its first suspension.
  // False, and the task is dropped unstarted, once `stop` was called.
  bool spawn(Task<void> task);

  CancelToken token() const { return source_.token(); }
  void cancel(Code reason = Code::cancelled) { source_.cancel(reason); }
  Executor& executor() const noexcept { return executor_; }
  std::size_t size() const noexcept { return children_.load(std::memory_order_acquire); }

  // On the scope's executor, by one coroutine at a time that is not a child.
  Task<void> stop();  // cancels, takes no more children, waits
  Task<void> join();  // only waits until there are none

 private:
  struct EmptyAwaiter;
  detail::Root run_child(Task<void> task);
  void child_done();

  Executor& executor_;
  CancelSource source_;
  std::atomic<bool> closed_{false};
  std::atomic<std::size_t> children_{0};
  ResumeNode* waiter_ = nullptr;
};

}  // namespace octavo::io
