#include "io/long_jobs.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace octavo::io {

LongJobs::Turn::Turn(LongJobs& jobs, std::uint64_t owner) : jobs_(jobs), owner_(owner) {
  const MutexLock lock(jobs_.mutex_);
  // Whoever comes new begins where the others are: what it did not use before is no credit.
  const std::int64_t least_used = jobs_.least_used();
  Owner& mine = jobs_.owners_[owner_];
  if (mine.jobs++ == 0) mine.used_ns = least_used;
  jobs_.acquire(*this);
}

LongJobs::Turn::~Turn() {
  const MutexLock lock(jobs_.mutex_);
  if (holds_slot_) jobs_.release(*this);
  const auto mine = jobs_.owners_.find(owner_);
  if (--mine->second.jobs == 0) jobs_.owners_.erase(mine);
}

void LongJobs::Turn::pace() {
  if (holds_slot_ &&
      jobs_.options_.clock->monotonic_ns() - began_ns_ < jobs_.options_.slice.count()) {
    return;
  }
  const MutexLock lock(jobs_.mutex_);
  if (holds_slot_) jobs_.release(*this);
  jobs_.acquire(*this);
}

void LongJobs::Turn::pause() {
  const MutexLock lock(jobs_.mutex_);
  if (holds_slot_) jobs_.release(*this);
}

void LongJobs::acquire(Turn& turn) {
  if (free_slots_ > 0) {
    --free_slots_;
    turn.holds_slot_ = true;
  } else if (!open_) {
    waiting_.push_back(&turn);
    while (!turn.holds_slot_ && !open_) turn.granted_.wait(mutex_);
  }
  turn.began_ns_ = options_.clock->monotonic_ns();
}

// Hands the slot to the waiting job of the owner that has used the least; to the oldest of them.
void LongJobs::release(Turn& turn) {
  turn.holds_slot_ = false;
  owners_.at(turn.owner_).used_ns += options_.clock->monotonic_ns() - turn.began_ns_;
  const auto used = [this](const Turn* waiter)
                        OCTAVO_REQUIRES(mutex_) { return owners_.at(waiter->owner_).used_ns; };
  const auto next = std::ranges::min_element(waiting_, {}, used);
  if (next == waiting_.end()) {
    ++free_slots_;
    return;
  }
  Turn* const granted = *next;
  waiting_.erase(next);
  granted->holds_slot_ = true;
  granted->granted_.notify_one();
}

std::int64_t LongJobs::least_used() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& [id, owner] : owners_) least = std::min(least, owner.used_ns);
  return owners_.empty() ? 0 : least;
}

void LongJobs::open() {
  const MutexLock lock(mutex_);
  open_ = true;
  for (Turn* const turn : std::exchange(waiting_, {})) turn->granted_.notify_one();
}

std::size_t LongJobs::waiting() const {
  const MutexLock lock(mutex_);
  return waiting_.size();
}

}  // namespace octavo::io
