#include "io/runtime.h"

#include <algorithm>
#include <string>

#include "base/thread.h"

namespace octavo::io {

Runtime::Runtime(RuntimeOptions options) {
  std::size_t count = options.threads;
  if (count == 0) count = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i) {
    executors_.push_back(std::make_unique<Executor>(system_clock(), "io-" + std::to_string(i)));
  }
  for (const auto& executor : executors_) {
    threads_.emplace_back([e = executor.get()] {
      begin_thread(e->name(), ThreadPriority::serving);
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
