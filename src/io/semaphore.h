#pragma once

// Permits for the coroutines of one executor; first come, first served.
//
//   co_await permits.acquire();
//   ...
//   permits.release();

#include <coroutine>
#include <cstddef>

#include "io/executor.h"

namespace octavo::io {

class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  class Awaiter : private ResumeNode {
   public:
    explicit Awaiter(Semaphore& semaphore) : semaphore_(semaphore) {}
    bool await_ready() noexcept {
      if (semaphore_.free_ == 0) return false;
      --semaphore_.free_;
      return true;
    }
    void await_suspend(std::coroutine_handle<> awaiter) noexcept {
      handle = awaiter;
      *semaphore_.last_ = this;
      semaphore_.last_ = &later_;
    }
    void await_resume() const noexcept {}

   private:
    friend class Semaphore;
    Semaphore& semaphore_;
    Awaiter* later_ = nullptr;
  };

  [[nodiscard]] Awaiter acquire() { return Awaiter(*this); }

  // The permit passes to whoever has waited longest.
  void release() {
    if (first_ == nullptr) {
      ++free_;
      return;
    }
    Awaiter* const next = first_;
    first_ = next->later_;
    if (first_ == nullptr) last_ = &first_;
    Executor::current().post(*next);
  }

 private:
  std::size_t free_;
  Awaiter* first_ = nullptr;
  Awaiter** last_ = &first_;
};

}  // namespace octavo::io
