#include "io/sleep.h"

namespace octavo::io {

SleepAwaiter::SleepAwaiter(Nanoseconds delay, CancelToken token)
    : TimerNode(&SleepAwaiter::on_timer), delay_(delay), token_(std::move(token)) {
  function_of_node() = &SleepAwaiter::on_cancel;
}

void SleepAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  executor_ = &Executor::current();
  handle = awaiter;
  executor_->arm_after(*this, delay_);
  if (!token_.can_be_cancelled()) return;
  callback_.emplace(token_, [this] {
    if (!woken_.exchange(true)) executor_->post(static_cast<ResumeNode&>(*this));
  });
}

void SleepAwaiter::on_timer(TimerNode* node) {
  auto* self = static_cast<SleepAwaiter*>(node);
  if (!self->woken_.exchange(true)) self->handle.resume();
}

void SleepAwaiter::on_cancel(Runnable* node, Mode mode) {
  if (mode == Mode::drop) return;
  auto* self = static_cast<SleepAwaiter*>(static_cast<ResumeNode*>(node));
  self->executor_->disarm(*self);
  self->cancelled_ = true;
  self->handle.resume();
}

bool SleepAwaiter::await_resume() {
  callback_.reset();
  return !cancelled_ && (handle != nullptr || !token_.cancelled());
}

}  // namespace octavo::io
