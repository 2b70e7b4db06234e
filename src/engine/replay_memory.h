#pragma once

// Memory for the copies of the keyspace on which feeds that resume run the log's commands again.

#include <cstddef>
#include <memory>
#include <mutex>

#include "base/result.h"

namespace octavo::engine {

class ReplayMemory {
 public:
  explicit ReplayMemory(std::size_t limit) : state_(std::make_shared<State>()) {
    state_->limit = limit;
  }

  // Given back when it is destroyed, which may be after this object.
  using Share = std::shared_ptr<const void>;
  // `resource_exhausted` when what others hold leaves no room. One copy is allowed whatever its
  // size: otherwise feeds on a large keyspace could never be resumed.
  Result<Share> take(std::size_t bytes);

 private:
  struct State {
    std::mutex mutex;
    std::size_t limit = 0;
    std::size_t taken = 0;
    std::size_t copies = 0;
  };
  std::shared_ptr<State> state_;
};

}  // namespace octavo::engine
