#pragma once

// A bounded queue between executors: any thread may `try_send`, coroutines may wait for room, one
// coroutine receives. A full channel makes its senders wait: that is the back-pressure.
//
// After `close`, senders are refused and the receiver still gets what was accepted before.
// The channel must outlive every call into it; a channel whose ends live on different threads is
// best shared. Waiters are linked under a mutex that is never held while anything is resumed.

#include <coroutine>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/cancel.h"
#include "io/executor.h"

namespace octavo::io {

namespace detail {

// Someone who waits on a channel. Whoever takes it off its list (under the mutex) owns the right
// to wake it.
struct ChannelWaiter : ResumeNode {
  Executor* executor = nullptr;
  ChannelWaiter* previous = nullptr;
  ChannelWaiter* following = nullptr;
  bool linked = false;

  void wake() { executor->post(*this); }
};

class WaiterList {
 public:
  bool empty() const noexcept { return head_ == nullptr; }
  void push_back(ChannelWaiter& waiter) noexcept;
  ChannelWaiter* pop_front() noexcept;          // null when empty
  bool unlink(ChannelWaiter& waiter) noexcept;  // false if somebody else took it

 private:
  ChannelWaiter* head_ = nullptr;
  ChannelWaiter* tail_ = nullptr;
};

}  // namespace detail

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) { ASSERT(capacity > 0); }
  ~Channel() {
    std::lock_guard lock(mutex_);  // a thread may still be leaving it
    ASSERT(senders_.empty() && receiver_.empty());
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  class SendAwaiter;
  class ReceiveAwaiter;

  // False when full or closed; `value` is then left as it was.
  bool try_send(T&& value) {
    std::unique_lock lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(value));
    wake_receiver(lock);
    return true;
  }

  // Waits for room. False: closed or cancelled, and the value is gone.
  [[nodiscard]] SendAwaiter send(T value, CancelToken token = {}) {
    return SendAwaiter(*this, std::move(value), std::move(token));
  }

  std::optional<T> try_receive() {
    std::unique_lock lock(mutex_);
    return take(lock);
  }

  // Waits for an item. Nothing: closed and drained, or cancelled.
  [[nodiscard]] ReceiveAwaiter receive(CancelToken token = {}) {
    return ReceiveAwaiter(*this, std::move(token));
  }

  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    // Off the lists, so that a cancellation leaves them alone; chained through `next` instead.
    Runnable* woken = nullptr;
    for (detail::WaiterList* list : {&senders_, &receiver_}) {
      while (detail::ChannelWaiter* waiter = list->pop_front()) {
        waiter->next = woken;
        woken = waiter;
      }
    }
    lock.unlock();
    while (woken != nullptr) {
      auto* waiter = static_cast<detail::ChannelWaiter*>(woken);
      woken = woken->next;  // before the waiter is on its way
      waiter->wake();
    }
  }

  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  // Unlocks, then wakes the receiver if it sleeps.
  void wake_receiver(std::unique_lock<std::mutex>& lock) {
    detail::ChannelWaiter* waiter = receiver_.pop_front();
    lock.unlock();
    if (waiter != nullptr) waiter->wake();
  }

  // Takes the first item; its place goes to the sender that has waited longest. Unlocks if so.
  std::optional<T> take(std::unique_lock<std::mutex>& lock) {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    if (auto* sender = static_cast<SendAwaiter*>(senders_.pop_front())) {
      items_.push_back(std::move(sender->value_));
      sender->sent_ = true;
      lock.unlock();
      sender->wake();
    }
    return item;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> items_;
  bool closed_ = false;
  detail::WaiterList senders_;
  detail::WaiterList receiver_;
};

template <class T>
class Channel<T>::SendAwaiter : private detail::ChannelWaiter {
 public:
  SendAwaiter(Channel& channel, T value, CancelToken token)
      : channel_(channel), value_(std::move(value)), token_(std::move(token)) {}
  SendAwaiter(const SendAwaiter&) = delete;

  bool await_ready() {
    if (token_.cancelled()) return true;
    sent_ = channel_.try_send(std::move(value_));
    return sent_;
  }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    executor = &Executor::current();
    handle = awaiter;
    {
      std::unique_lock lock(channel_.mutex_);
      if (channel_.closed_) return false;
      if (channel_.items_.size() < channel_.capacity_) {  // room was made since await_ready
        channel_.items_.push_back(std::move(value_));
        sent_ = true;
        channel_.wake_receiver(lock);
        return false;
      }
      channel_.senders_.push_back(*this);
    }
    if (token_.can_be_cancelled()) callback_.emplace(token_, [this] { cancel(); });
    return true;
  }
  bool await_resume() {
    callback_.reset();
    return sent_;
  }

 private:
  friend class Channel;
  void cancel() {
    bool mine = false;
    {
      std::lock_guard lock(channel_.mutex_);
      mine = channel_.senders_.unlink(*this);
    }
    if (mine) wake();
  }

  Channel& channel_;
  T value_;
  CancelToken token_;
  bool sent_ = false;
  std::optional<CancelCallback> callback_;
};

template <class T>
class Channel<T>::ReceiveAwaiter : private detail::ChannelWaiter {
 public:
  ReceiveAwaiter(Channel& channel, CancelToken token)
      : channel_(channel), token_(std::move(token)) {}
  ReceiveAwaiter(const ReceiveAwaiter&) = delete;

  bool await_ready() {
    item_ = channel_.try_receive();
    return item_.has_value() || token_.cancelled();
  }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    executor = &Executor::current();
    handle = awaiter;
    {
      std::unique_lock lock(channel_.mutex_);
      item_ = channel_.take(lock);
      if (item_.has_value() || channel_.closed_) return false;
      ASSERT(channel_.receiver_.empty());
      channel_.receiver_.push_back(*this);
    }
    if (token_.can_be_cancelled()) callback_.emplace(token_, [this] { cancel(); });
    return true;
  }
  std::optional<T> await_resume() {
    callback_.reset();
    if (!item_.has_value()) item_ = channel_.try_receive();
    return std::move(item_);
  }

 private:
  void cancel() {
    bool mine = false;
    {
      std::lock_guard lock(channel_.mutex_);
      mine = channel_.receiver_.unlink(*this);
    }
    if (mine) wake();
  }

  Channel& channel_;
  CancelToken token_;
  std::optional<T> item_;
  std::optional<CancelCallback> callback_;
};

}  // namespace octavo::io
