#include "keyspace/pins.h"

namespace octavo::keyspace {

bool Pins::holds(const void* container) const {
  if (!any()) return false;
  const MutexLock lock(mutex_);
  return has(pinned_, container);
}

void Pins::wait_until_free(const void* container) {
  const MutexLock lock(mutex_);
  waiting_.fetch_add(1, std::memory_order_acq_rel);
  while (has(pinned_, container)) freed_.wait(mutex_);
  waiting_.fetch_sub(1, std::memory_order_acq_rel);
}

void Pins::pin(const void* container) {
  const MutexLock lock(mutex_);
  pinned_.push_back(container);
  count();
}

void Pins::unpin(Containers containers) {
  {
    const MutexLock lock(mutex_);
    remove(pinned_, containers);
    count();
  }
  freed_.notify_all();
}

void Pins::reserve(Containers containers) {
  const MutexLock lock(mutex_);
  reserved_.insert(reserved_.end(), containers.begin(), containers.end());
  count();
}

void Pins::release(Containers containers) {
  const MutexLock lock(mutex_);
  remove(reserved_, containers);
  count();
}

bool Pins::reserve_all() {
  const MutexLock lock(mutex_);
  if (holder_of_all() != 0) return false;
  holder_.store(++last_holder_, std::memory_order_release);
  count();
  return true;
}

void Pins::release_all() {
  const MutexLock lock(mutex_);
  holder_.store(0, std::memory_order_release);
  count();
}

void Pins::want(Containers containers) {
  const MutexLock lock(mutex_);
  wanted_.insert(wanted_.end(), containers.begin(), containers.end());
}

void Pins::stop_wanting(Containers containers) {
  const MutexLock lock(mutex_);
  remove(wanted_, containers);
}

bool Pins::any_wanted(Containers containers) const {
  const MutexLock lock(mutex_);
  return std::any_of(containers.begin(), containers.end(),
                     [&](const void* container)
                         OCTAVO_REQUIRES(mutex_) { return has(wanted_, container); });
}

bool Pins::any_taken(Containers containers) const {
  const MutexLock lock(mutex_);
  return std::any_of(containers.begin(), containers.end(),
                     [&](const void* container) OCTAVO_REQUIRES(mutex_) {
                       return has(pinned_, container) || has(reserved_, container);
                     });
}

}  // namespace octavo::keyspace
