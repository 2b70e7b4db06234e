#include "keyspace/pins.h"

namespace octavo::keyspace {

bool Pins::holds(const void* container) const {
  if (!any()) return false;
  const std::scoped_lock lock(mutex_);
  return found(container);
}

void Pins::wait_until_free(const void* container) {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return !found(container); });
}

void Pins::pin(const void* container) {
  const std::scoped_lock lock(mutex_);
  pinned_.push_back(container);
  count_.store(pinned_.size(), std::memory_order_release);
}

void Pins::unpin(std::span<const void* const> containers) {
  {
    const std::scoped_lock lock(mutex_);
    for (const void* container : containers) {
      pinned_.erase(std::find(pinned_.begin(), pinned_.end(), container));
    }
    count_.store(pinned_.size(), std::memory_order_release);
  }
  freed_.notify_all();
}

}  // namespace octavo::keyspace
