#include "io/runtime.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace octavo::io {
namespace {

// Everybody waits for these threads, and they do little at a time: a thread of short slices is let
// in before one of long slices has used up its own (sched_setattr(2); Linux 6.12 and later, which
// schedules by deadlines, see "EEVDF Scheduler" in its documentation). Beside as many busy threads
// as cores a request waited for up to 15 ms without. Where the kernel has no such thing it changes
// nothing.
void ask_for_short_slices() {
  constexpr std::uint64_t kSliceNs = 300'000;
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // the slice, for this policy
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime = kSliceNs;
  [[maybe_unused]] const long done = ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

Runtime::Runtime(RuntimeOptions options) {
  std::size_t count = options.threads;
  if (count == 0) count = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i) {
    executors_.push_back(std::make_unique<Executor>(system_clock(), "io-" + std::to_string(i)));
  }
  for (const auto& executor : executors_) {
    threads_.emplace_back([e = executor.get()] {
      ::pthread_setname_np(::pthread_self(), e->name().c_str());
      ask_for_short_slices();
      e->run();
    });
  }
}

Runtime::~Runtime() { stop(); }

Executor& Runtime::next() noexcept {
  return *executors_[next_.fetch_add(1, std::memory_order_relaxed) % executors_.size()];
}

void Runtime::stop() {
  ASSERT(Executor::current_or_null() == nullptr);
  for (const auto& executor : executors_) executor->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace octavo::io
