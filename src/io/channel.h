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
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/cancel.h"
#include "base/mutex.h"
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
    const MutexLock lock(mutex_);  // a thread may still be leaving it
    ASSERT(senders_.empty() && receiver_.empty());
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  class SendAwaiter;
  class ReceiveAwaiter;

  // False when full or closed; `value` is then left as it was.
  bool try_send(T&& value) {
    detail::ChannelWaiter* woken = nullptr;
    {
      const MutexLock lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(value));
      woken = receiver_.pop_front();
    }
    if (woken != nullptr) woken->wake();
    return true;
  }

  // Waits for room. False: closed or cancelled, and the value is gone.
  [[nodiscard]] SendAwaiter send(T value, CancelToken token = {}) {
    return SendAwaiter(*this, std::move(value), std::move(token));
  }

  std::optional<T> try_receive() {
    std::optional<T> item;
    detail::ChannelWaiter* woken = nullptr;
    {
      const MutexLock lock(mutex_);
      woken = take(item);
    }
    if (woken != nullptr) woken->wake();
    return item;
  }

  // Waits for an item. Nothing: closed and drained, or cancelled.
  [[nodiscard]] ReceiveAwaiter receive(CancelToken token = {}) {
    return ReceiveAwaiter(*this, std::move(token));
  }

  void close() {
    MutexLock lock(mutex_);
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
    const MutexLock lock(mutex_);
    return closed_;
  }
  std::size_t size() const {
    const MutexLock lock(mutex_);
    return items_.size();
  }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  // Takes the first item, if there is one; its place goes to the sender that has waited longest.
  // Returns that sender, to be woken without the mutex.
  [[nodiscard]] detail::ChannelWaiter* take(std::optional<T>& item) OCTAVO_REQUIRES(mutex_) {
    if (items_.empty()) return nullptr;
    item.emplace(std::move(items_.front()));
    items_.pop_front();
    auto* const sender = static_cast<SendAwaiter*>(senders_.pop_front());
    if (sender != nullptr) {
      items_.push_back(std::move(sender->value_));
      sender->sent_ = true;
    }
    return sender;
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  std::deque<T> items_ OCTAVO_GUARDED_BY(mutex_);
  bool closed_ OCTAVO_GUARDED_BY(mutex_) = false;
  detail::WaiterList senders_ OCTAVO_GUARDED_BY(mutex_);
  detail::WaiterList receiver_ OCTAVO_GUARDED_BY(mutex_);
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
    detail::ChannelWaiter* woken = nullptr;
    bool sent = false;  // `sent_` is the receiver's once this is in the list
    {
      const MutexLock lock(channel_.mutex_);
      if (channel_.closed_) return false;
      sent = channel_.items_.size() < channel_.capacity_;
      if (sent) {  // room was made since await_ready
        channel_.items_.push_back(std::move(value_));
        woken = channel_.receiver_.pop_front();
      } else {
        channel_.senders_.push_back(*this);
      }
    }
    if (sent) {
      if (woken != nullptr) woken->wake();
      sent_ = true;
      return false;
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
      const MutexLock lock(channel_.mutex_);
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
    detail::ChannelWaiter* woken = nullptr;
    bool sleeps = false;
    {
      const MutexLock lock(channel_.mutex_);
      woken = channel_.take(item_);
      sleeps = !item_.has_value() && !channel_.closed_;
      if (sleeps) {
        ASSERT(channel_.receiver_.empty());
        channel_.receiver_.push_back(*this);
      }
    }
    if (woken != nullptr) woken->wake();
    if (!sleeps) return false;
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
      const MutexLock lock(channel_.mutex_);
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
