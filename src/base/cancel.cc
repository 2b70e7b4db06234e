#include "base/cancel.h"

#include <thread>

#include "base/assert.h"
#include "base/condition.h"
#include "base/mutex.h"

namespace octavo {
namespace detail {

struct CancelState : CancelFlag {
  Mutex mutex;
  Condition finished;  // a callback returned
  // Waiting callbacks, newest first; and the one that is being called now, without the mutex.
  CancelCallback* head OCTAVO_GUARDED_BY(mutex) = nullptr;
  CancelCallback* running OCTAVO_GUARDED_BY(mutex) = nullptr;
  std::thread::id runner OCTAVO_GUARDED_BY(mutex);

  void link(CancelCallback& callback) OCTAVO_REQUIRES(mutex) {
    callback.next_ = head;
    if (head != nullptr) head->previous_ = &callback;
    head = &callback;
    callback.linked_ = true;
  }
  void unlink(CancelCallback& callback) OCTAVO_REQUIRES(mutex) {
    (callback.previous_ != nullptr ? callback.previous_->next_ : head) = callback.next_;
    if (callback.next_ != nullptr) callback.next_->previous_ = callback.previous_;
    callback.previous_ = callback.next_ = nullptr;
    callback.linked_ = false;
  }

  bool cancel(Code why) {
    MutexLock lock(mutex);
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
    const MutexLock lock(state_->mutex);
    if (!token.cancelled()) {
      state_->link(*this);
      return;
    }
  }
  action_();
}

CancelCallback::~CancelCallback() {
  if (state_ == nullptr) return;
  MutexLock lock(state_->mutex);
  if (linked_) {
    state_->unlink(*this);
    return;
  }
  if (state_->running != this || state_->runner == std::this_thread::get_id()) return;
  while (state_->running == this) state_->finished.wait(state_->mutex);
}

CancelSource::CancelSource() : state_(std::make_shared<detail::CancelState>()) {}

CancelSource::CancelSource(const CancelToken& parent) : CancelSource() {
  if (!parent.can_be_cancelled()) return;
  parent_.emplace(parent, [state = state_, parent] { state->cancel(parent.reason()); });
}

CancelSource::~CancelSource() = default;

bool CancelSource::cancel(Code reason) { return state_->cancel(reason); }

}  // namespace octavo
