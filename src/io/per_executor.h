#pragma once

// One T for each I/O thread, made with the runtime and found without a lock:
//
//   PerExecutor<DeliveryTurns> turns(runtime);       // each is made by T(Executor&, arguments…)
//   turns.of(connection.executor()).take(…);
//
// Whether a T may be used by other threads is its own affair; most belong to their executor.

#include <memory>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "io/runtime.h"

namespace octavo::io {

template <class T>
class PerExecutor {
 public:
  template <class... Arguments>
  explicit PerExecutor(Runtime& runtime, Arguments&&... arguments) {
    for (std::size_t i = 0; i < runtime.size(); ++i) add(runtime.at(i), arguments...);
  }
  // Of a loop that is alone.
  template <class... Arguments>
  explicit PerExecutor(Executor& executor, Arguments&&... arguments) {
    add(executor, arguments...);
  }

  // From any thread. The executor is one of those that it was made for.
  T& of(const Executor& executor) { return *share(executor); }
  // For what may outlive this object.
  const std::shared_ptr<T>& share(const Executor& executor) {
    for (const auto& [its, one] : all_) {
      if (its == &executor) return one;
    }
    ASSERT(false);
    std::unreachable();
  }

 private:
  template <class... Arguments>
  void add(Executor& executor, Arguments&... arguments) {
    all_.emplace_back(&executor, std::make_shared<T>(executor, arguments...));
  }

  std::vector<std::pair<const Executor*, std::shared_ptr<T>>> all_;  // as many as threads: few
};

}  // namespace octavo::io
