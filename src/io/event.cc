#include "io/event.h"

#include "base/assert.h"

namespace octavo::io {

const CancelToken Event::kNever;

Event::~Event() { ASSERT(state_.load(std::memory_order_acquire) <= kSet); }

void Event::set() {
  const std::uintptr_t before = state_.exchange(kSet, std::memory_order_acq_rel);
  if (before <= kSet) return;
  auto* waiter = reinterpret_cast<WaitAwaiter*>(before);
  Executor* executor = waiter->executor_;
  executor->post(*waiter);
}

bool Event::try_consume() {
  std::uintptr_t expected = kSet;
  return state_.compare_exchange_strong(expected, kIdle, std::memory_order_acq_rel);
}

bool Event::WaitAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  if (token_.cancelled()) {
    cancelled_ = true;
    return false;
  }
  executor_ = &Executor::current();
  handle = awaiter;
  std::uintptr_t expected = kIdle;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  if (!event_.state_.compare_exchange_strong(expected, self, std::memory_order_acq_rel)) {
    ASSERT(expected == kSet);  // a second waiter is a bug
    return false;
  }
  // From here on `set` may post us, but only to this thread, which is still busy here.
  if (token_.can_be_cancelled()) {
    callback_.emplace(token_, [this, self] {
      std::uintptr_t waiting = self;
      if (event_.state_.compare_exchange_strong(waiting, kIdle, std::memory_order_acq_rel)) {
        cancelled_ = true;
        executor_->post(*this);
      }
    });
  }
  return true;
}

bool Event::WaitAwaiter::await_resume() {
  callback_.reset();
  if (handle != nullptr && !cancelled_) event_.try_consume();
  return !cancelled_;
}

}  // namespace octavo::io
