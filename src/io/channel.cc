#include "io/channel.h"

namespace octavo::io::detail {

void WaiterList::push_back(ChannelWaiter& waiter) noexcept {
  waiter.previous = tail_;
  waiter.following = nullptr;
  (tail_ != nullptr ? tail_->following : head_) = &waiter;
  tail_ = &waiter;
  waiter.linked = true;
}

ChannelWaiter* WaiterList::pop_front() noexcept {
  ChannelWaiter* first = head_;
  if (first != nullptr) unlink(*first);
  return first;
}

bool WaiterList::unlink(ChannelWaiter& waiter) noexcept {
  if (!waiter.linked) return false;
  (waiter.previous != nullptr ? waiter.previous->following : head_) = waiter.following;
  (waiter.following != nullptr ? waiter.following->previous : tail_) = waiter.previous;
  waiter.previous = waiter.following = nullptr;
  waiter.linked = false;
  return true;
}

}  // namespace octavo::io::detail
