// The timers of an executor: a binary heap by deadline, in which every timer knows its place.

#include <algorithm>

#include "base/assert.h"
#include "io/executor.h"

namespace octavo::io {

void Executor::place(TimerNode* timer, std::size_t position) noexcept {
  timers_[position] = timer;
  timer->position = position;
}

void Executor::sift_up(std::size_t position) noexcept {
  TimerNode* timer = timers_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (timers_[parent]->deadline_ns <= timer->deadline_ns) break;
    place(timers_[parent], position);
    position = parent;
  }
  place(timer, position);
}

void Executor::sift_down(std::size_t position) noexcept {
  TimerNode* timer = timers_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= timers_.size()) break;
    if (child + 1 < timers_.size() &&
        timers_[child + 1]->deadline_ns < timers_[child]->deadline_ns) {
      ++child;
    }
    if (timer->deadline_ns <= timers_[child]->deadline_ns) break;
    place(timers_[child], position);
    position = child;
  }
  place(timer, position);
}

void Executor::arm(TimerNode& timer, std::int64_t deadline_ns) {
  timer.deadline_ns = deadline_ns;
  if (!timer.armed()) {
    timers_.push_back(&timer);
    timer.position = timers_.size() - 1;
  } else {
    sift_down(timer.position);
  }
  sift_up(timer.position);
}

void Executor::arm_after(TimerNode& timer, Nanoseconds delay) {
  // The clock and not `now_ns_`: a round that took long must not shorten the delay.
  arm(timer, clock_.monotonic_ns() + std::max<std::int64_t>(delay.count(), 0));
}

void Executor::disarm(TimerNode& timer) noexcept {
  if (!timer.armed()) return;
  const std::size_t hole = timer.position;
  ASSERT(timers_[hole] == &timer);
  TimerNode* last = timers_.back();
  timers_.pop_back();
  timer.position = TimerNode::kIdle;
  if (last == &timer) return;
  place(last, hole);
  sift_down(hole);
  sift_up(last->position);
}

bool Executor::fire_timers() {
  bool any = false;
  while (!timers_.empty() && timers_.front()->deadline_ns <= now_ns_) {
    TimerNode* timer = timers_.front();
    disarm(*timer);
    timer->function(timer);  // may free it, or arm it again
    any = true;
    if (slice_is_over(now_ns_)) break;
  }
  return any;
}

Timer::Node::Node(Executor::Job a)
    : TimerNode([](TimerNode* self) { static_cast<Node*>(self)->action(); }),
      action(std::move(a)) {}

Timer::Timer(Executor& executor, Executor::Job action)
    : executor_(executor), node_(std::move(action)) {}

}  // namespace octavo::io
