#include "dialect/sql/function/named_locks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>

#include "base/condition.h"
#include "base/mutex.h"
#include "base/waits.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using Steady = std::chrono::steady_clock;

// The deadline of the statement is looked at so often.
constexpr auto kStep = std::chrono::milliseconds(50);
constexpr double kMostSeconds = 365.0 * 86'400;

struct Sessions {
  Mutex mutex;
  std::map<std::uint64_t, SessionLocks*> by_number OCTAVO_GUARDED_BY(mutex);
};
Sessions& sessions() {
  static Sessions all;
  return all;
}

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

class NamedLocks::Impl {
 public:
  struct Lock {
    const SessionLocks* holder = nullptr;  // null: it is about to be the first waiter's
    std::uint64_t times = 0;
    std::deque<const SessionLocks*> queue;
  };

  Result<bool> take(const SessionLocks& session, const std::string& name, double seconds,
                    function::EvalContext& context) {
    const bool for_ever = seconds < 0;
    const auto until =
        Steady::now() + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(
                            for_ever ? kMostSeconds : std::min(seconds, kMostSeconds)));
    {
      const MutexLock lock(mutex_);
      if (take_free(session, name)) return true;
      if (seconds == 0) return false;
      if (closes_a_circle(session, name)) return error<3058>();
      locks_[name].queue.push_back(&session);
    }
    const Status waited = wait(session, name, until, context);
    const MutexLock lock(mutex_);
    Lock& wanted = locks_[name];
    std::erase(wanted.queue, &session);
    const bool mine = waited && take_free(session, name);
    forget_unused(name);
    // Whoever is next may have waited for this one to go.
    changed_.notify_all();
    TRY_STATUS(waited);
    return mine;
  }

  std::optional<bool> release(const SessionLocks& session, const std::string& name) {
    const MutexLock lock(mutex_);
    const auto found = locks_.find(name);
    if (found == locks_.end() || found->second.holder == nullptr) return std::nullopt;
    if (found->second.holder != &session) return false;
    if (--found->second.times == 0) let_go(name, found->second);
    return true;
  }

  std::uint64_t release_all(const SessionLocks& session) {
    const MutexLock lock(mutex_);
    std::uint64_t count = 0;
    std::vector<std::string> mine;
    for (const auto& [name, one] : locks_) {
      if (one.holder == &session) mine.push_back(name);
    }
    for (const std::string& name : mine) {
      Lock& one = locks_[name];
      count += one.times;
      let_go(name, one);
    }
    return count;
  }

  std::optional<std::uint64_t> holder(const std::string& name) const {
    const MutexLock lock(mutex_);
    const auto found = locks_.find(name);
    if (found == locks_.end() || found->second.holder == nullptr) return std::nullopt;
    return found->second.holder->connection_;
  }

 private:
  // The first of the queue has it before those that come.
  bool take_free(const SessionLocks& session, const std::string& name) OCTAVO_REQUIRES(mutex_) {
    Lock& one = locks_[name];
    const bool is_next = one.queue.empty() || one.queue.front() == &session;
    const bool free = one.holder == &session || (one.holder == nullptr && is_next);
    if (!free) return false;
    one.holder = &session;
    ++one.times;
    return true;
  }

  // Each waits for one name, and that is one session's.
  bool closes_a_circle(const SessionLocks& session, const std::string& name) const
      OCTAVO_REQUIRES(mutex_) {
    const SessionLocks* at = locks_.at(name).holder;
    for (std::size_t steps = 0; at != nullptr && steps <= locks_.size(); ++steps) {
      if (at == &session) return true;
      const auto awaited = std::ranges::find_if(locks_, [at](const auto& row) {
        return std::ranges::find(row.second.queue, at) != row.second.queue.end();
      });
      if (awaited == locks_.end()) return false;
      at = awaited->second.holder;
    }
    return false;
  }

  // Until it is free for this one, or the time is over.
  Status wait(const SessionLocks& session, const std::string& name, Steady::time_point until,
              function::EvalContext& context) {
    WaitScope waiting(context.pacer);
    TRY_STATUS(waiting.begin());
    const CancelCallback wake(context.cancel, [this] { changed_.notify_all(); });
    for (;;) {
      TRY_STATUS(context.check_now());
      const MutexLock lock(mutex_);
      const Lock& one = locks_[name];
      const bool is_next = !one.queue.empty() && one.queue.front() == &session;
      if ((one.holder == nullptr && is_next) || Steady::now() >= until) return {};
      if (!context.cancel.cancelled()) {
        changed_.wait_until(mutex_, std::min(until, Steady::now() + kStep));
      }
    }
  }

  void let_go(const std::string& name, Lock& one) OCTAVO_REQUIRES(mutex_) {
    one.holder = nullptr;
    one.times = 0;
    forget_unused(name);
    changed_.notify_all();
  }

  void forget_unused(const std::string& name) OCTAVO_REQUIRES(mutex_) {
    const auto found = locks_.find(name);
    if (found == locks_.end()) return;
    if (found->second.holder == nullptr && found->second.queue.empty()) locks_.erase(found);
  }

  mutable Mutex mutex_;
  Condition changed_;
  std::map<std::string, Lock> locks_ OCTAVO_GUARDED_BY(mutex_);
};

NamedLocks::NamedLocks() : impl_(std::make_unique<Impl>()) {}
NamedLocks::~NamedLocks() = default;

SessionLocks::SessionLocks(NamedLocks& all, std::uint64_t connection)
    : all_(*all.impl_), connection_(connection), number_(next_number()) {
  Sessions& known = sessions();
  const MutexLock lock(known.mutex);
  known.by_number[number_] = this;
}

SessionLocks::~SessionLocks() {
  {
    Sessions& known = sessions();
    const MutexLock lock(known.mutex);
    known.by_number.erase(number_);
  }
  all_.release_all(*this);
}

SessionLocks* SessionLocks::find(std::uint64_t number) {
  Sessions& known = sessions();
  const MutexLock lock(known.mutex);
  const auto found = known.by_number.find(number);
  return found == known.by_number.end() ? nullptr : found->second;
}

Result<bool> SessionLocks::take(const std::string& name, double seconds,
                                function::EvalContext& context) {
  return all_.take(*this, name, seconds, context);
}
std::optional<bool> SessionLocks::release(const std::string& name) {
  return all_.release(*this, name);
}
std::uint64_t SessionLocks::release_all() { return all_.release_all(*this); }
std::optional<std::uint64_t> SessionLocks::holder(const std::string& name) const {
  return all_.holder(name);
}

}  // namespace octavo::sql
