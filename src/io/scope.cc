#include "io/scope.h"

#include "base/assert.h"

namespace octavo::io {

Scope::~Scope() { ASSERT(children_.load() == 0); }

bool Scope::spawn(Task<void> task) {
  // Count first, look second: `stop` does it the other way round.
  children_.fetch_add(1, std::memory_order_seq_cst);
  if (closed_.load(std::memory_order_seq_cst)) {
    if (executor_.is_current()) {
      child_done();
    } else {
      executor_.post([this] { child_done(); });
    }
    return false;
  }
  run_child(std::move(task));
  return true;
}

detail::Root Scope::run_child(Task<void> task) {
  co_await resume_on(executor_);
  {
    Task<void> local = std::move(task);  // gone before the scope may be
    co_await std::move(local);
  }
  co_await resume_on(executor_);
  child_done();
}

void Scope::child_done() {
  if (children_.fetch_sub(1, std::memory_order_acq_rel) == 1 && waiter_ != nullptr) {
    executor_.post(*std::exchange(waiter_, nullptr));
  }
}

struct Scope::EmptyAwaiter : ResumeNode {
  explicit EmptyAwaiter(Scope& s) : scope(s) {}
  Scope& scope;
  bool await_ready() const noexcept { return scope.size() == 0; }
  void await_suspend(std::coroutine_handle<> awaiter) {
    ASSERT(scope.waiter_ == nullptr);
    handle = awaiter;
    scope.waiter_ = this;
  }
  void await_resume() const noexcept {}
};

Task<void> Scope::stop() {
  ASSERT(executor_.is_current());
  closed_.store(true, std::memory_order_seq_cst);
  source_.cancel();
  co_await join();
}

Task<void> Scope::join() {
  ASSERT(executor_.is_current());
  // A loop: a child may have been spawned between the wake-up and now.
  while (size() != 0) co_await EmptyAwaiter(*this);
}

}  // namespace octavo::io
