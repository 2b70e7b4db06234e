#pragma once

// A wake-up that any thread may give and one coroutine waits for. Auto-reset: `wait` takes the
// signal. Signals given while nobody waits are one signal; a coroutine that was already woken
// costs the setter one atomic exchange and no system call.
//
//   Event done;
//   log.when_durable(lsn, Durability::disk, [&] { done.set(); });
//   co_await done.wait();
//
// `set` touches nothing after the waiter may run, so the waiter may destroy the event at once.

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <optional>

#include "base/cancel.h"
#include "io/executor.h"

namespace octavo::io {

class Event {
 public:
  Event() = default;
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();          // from any thread
  bool try_consume();  // takes the signal if there is one

  class WaitAwaiter : private ResumeNode {
   public:
    WaitAwaiter(Event& event, const CancelToken& token) : event_(event), token_(token) {}
    bool await_ready() { return event_.try_consume(); }
    bool await_suspend(std::coroutine_handle<> awaiter);
    bool await_resume();

   private:
    friend class Event;
    Event& event_;
    const CancelToken& token_;
    Executor* executor_ = nullptr;
    bool cancelled_ = false;
    std::optional<CancelCallback> callback_;
  };

  // True when signalled, false when `token` (which must live that long) was cancelled first.
  // One waiter at a time.
  [[nodiscard]] WaitAwaiter wait(const CancelToken& token) { return {*this, token}; }
  [[nodiscard]] WaitAwaiter wait() { return {*this, kNever}; }

 private:
  static const CancelToken kNever;
  static constexpr std::uintptr_t kIdle = 0;
  static constexpr std::uintptr_t kSet = 1;
  // kIdle, kSet, or the address of the waiter. Whoever removes the address resumes it.
  std::atomic<std::uintptr_t> state_{kIdle};
};

}  // namespace octavo::io
