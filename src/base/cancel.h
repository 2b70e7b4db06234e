#pragma once

// Cancellation that crosses threads. A `CancelSource` is owned by whoever may end the work; the
// work holds a `CancelToken` and either asks `cancelled()` in its loops (one relaxed load, from
// any thread) or registers a `CancelCallback` when it sleeps. Cancelling is sticky and happens
// once; the first reason wins.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"

namespace octavo {

namespace detail {
struct CancelState;
// The flag comes first in CancelState, so that asking it needs no other definition.
struct CancelFlag {
  static constexpr unsigned char kRunning = 0xff;
  std::atomic<unsigned char> reason{kRunning};  // a Code, or kRunning
};
}  // namespace detail

// A default-constructed token can never be cancelled.
class CancelToken {
 public:
  CancelToken() = default;

  bool cancelled() const noexcept {
    return flag_ != nullptr &&
           flag_->reason.load(std::memory_order_acquire) != detail::CancelFlag::kRunning;
  }
  bool can_be_cancelled() const noexcept { return flag_ != nullptr; }
  // Why; only meaningful once `cancelled()`.
  Code reason() const noexcept;
  // OK, or the reason as an error: `TRY_STATUS(token.check());`.
  Status check() const;

 private:
  friend class CancelSource;
  friend class CancelCallback;
  explicit CancelToken(std::shared_ptr<detail::CancelState> state);

  std::shared_ptr<detail::CancelState> state_;
  const detail::CancelFlag* flag_ = nullptr;
};

// Calls `action` once, when the token is cancelled: on the cancelling thread, or within the
// constructor if that already happened. When the destructor returns, the action is not running
// and never will (except when the action itself destroys the callback). The action must be quick.
class [[nodiscard]] CancelCallback {
 public:
  CancelCallback(const CancelToken& token, std::move_only_function<void()> action);
  ~CancelCallback();
  CancelCallback(const CancelCallback&) = delete;
  CancelCallback& operator=(const CancelCallback&) = delete;

 private:
  friend struct detail::CancelState;
  friend class CancelSource;
  std::shared_ptr<detail::CancelState> state_;
  std::move_only_function<void()> action_;
  CancelCallback* previous_ = nullptr;
  CancelCallback* next_ = nullptr;
  bool linked_ = false;
};

class CancelSource {
 public:
  CancelSource();
  // Cancelled also, and for the same reason, when `parent` is.
  explicit CancelSource(const CancelToken& parent);
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;
  ~CancelSource();

  CancelToken token() const { return CancelToken(state_); }
  bool cancelled() const noexcept { return token().cancelled(); }
  // From any thread. Runs the callbacks before it returns. False if it was cancelled before.
  bool cancel(Code reason = Code::cancelled);

 private:
  std::shared_ptr<detail::CancelState> state_;
  std::optional<CancelCallback> parent_;
};

}  // namespace octavo
