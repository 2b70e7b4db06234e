#pragma once

#include <atomic>
#include <coroutine>
#include <optional>

#include "base/cancel.h"
#include "io/executor.h"

namespace octavo::io {

class SleepAwaiter : private TimerNode, private ResumeNode {
 public:
  SleepAwaiter(Nanoseconds delay, CancelToken token);
  bool await_ready() const { return token_.cancelled(); }
  void await_suspend(std::coroutine_handle<> awaiter);
  bool await_resume();

 private:
  static void on_timer(TimerNode* self);
  static void on_cancel(Runnable* self, Mode mode);
  // Both bases have a member `function`.
  Runnable::Function& function_of_node() { return Runnable::function; }

  Nanoseconds delay_;
  CancelToken token_;
  Executor* executor_ = nullptr;
  std::atomic<bool> woken_{false};  // timer or cancel, whichever came first
  bool cancelled_ = false;
  std::optional<CancelCallback> callback_;
};

// `co_await sleep_for(10ms, token)`: true after the delay, false as soon as it is cancelled.
[[nodiscard]] inline SleepAwaiter sleep_for(Nanoseconds delay, CancelToken token = {}) {
  return SleepAwaiter(delay, std::move(token));
}

}  // namespace octavo::io
