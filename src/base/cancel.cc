#include "base/cancel.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/assert.h"

namespace octavo {
namespace detail {

struct CancelState : CancelFlag {
  std::mutex mutex;
  std::condition_variable finished;   // a callback returned
  CancelCallback* head = nullptr;     // waiting callbacks, newest first
  CancelCallback* running = nullptr;  // being called now, without the mutex
  std::thread::id runner;

  void link(CancelCallback& callback) {
    callback.next_ = head;
    if (head != nullptr) head->previous_ = &callback;
    head = &callback;
    callback.linked_ = true;
  }
  void unlink(CancelCallback& callback) {
    (callback.previous_ != nullptr ? callback.previous_->next_ : head) = callback.next_;
    if (callback.next_ != nullptr) callback.next_->previous_ = callback.previous_;
    callback.previous_ = callback.next_ = nullptr;
    callback.linked_ = false;
  }

  bool cancel(Code why) {
    std::unique_lock lock(mutex);
    if (reason.load(std::memory_order_relaxed) != kRunning) return false;
    reason.store(static_cast<unsigned char>(why), std::memory_order_release);
    runner = std::this_thread::get_id();
    while (head != nullptr) {
      CancelCallback* callback = head;
      unlink(*callback);
      running = callback;
      lock.unlock();
      callback->action_();  // may destroy `callback`
      lock.lock();
      running = nullptr;
      finished.notify_all();
    }
    return true;
  }
};

}  // namespace detail

CancelToken::CancelToken(std::shared_ptr<detail::CancelState> state)
    : state_(std::move(state)), flag_(state_.get()) {}

Code CancelToken::reason() const noexcept {
  return cancelled() ? static_cast<Code>(flag_->reason.load(std::memory_order_relaxed))
                     : Code::cancelled;
}

Status CancelToken::check() const {
  if (!cancelled()) return {};
  const Code why = reason();
  return fail(why, why == Code::timed_out ? "The operation ran out of time."
                                          : "The operation was cancelled.");
}

CancelCallback::CancelCallback(const CancelToken& token, std::move_only_function<void()> action)
    : state_(token.state_), action_(std::move(action)) {
  if (state_ == nullptr) return;
  {
    std::lock_guard lock(state_->mutex);
    if (!token.cancelled()) {
      state_->link(*this);
      return;
    }
  }
  action_();
}

CancelCallback::~CancelCallback() {
  if (state_ == nullptr) return;
  std::unique_lock lock(state_->mutex);
  if (linked_) {
    state_->unlink(*this);
    return;
  }
  if (state_->running != this || state_->runner == std::this_thread::get_id()) return;
  state_->finished.wait(lock, [this] { return state_->running != this; });
}

CancelSource::CancelSource() : state_(std::make_shared<detail::CancelState>()) {}

CancelSource::CancelSource(const CancelToken& parent) : CancelSource() {
  if (!parent.can_be_cancelled()) return;
  parent_.emplace(parent, [state = state_, parent] { state->cancel(parent.reason()); });
}

CancelSource::~CancelSource() = default;

bool CancelSource::cancel(Code reason) { return state_->cancel(reason); }

}  // namespace octavo
