// Two levels of mutexes. A stripe guards the keys that hash to it; taking and giving back locks
// that nobody waits for touches nothing else. Everything that concerns waiting (queues, who waits
// for what, granting to waiters) happens with `waits_mutex_` held as well, taken before any stripe.
// So the search for a circle sees all waits standing still.

#include "txn/lock_table.h"

#include <algorithm>
#include <array>
#include <list>
#include <unordered_map>

#include "base/assert.h"
#include "base/clock.h"
#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::txn {

namespace {

bool compatible(LockMode a, LockMode b) {
  if (a == LockMode::exclusive || b == LockMode::exclusive) return false;
  return a == b || a == LockMode::looking || b == LockMode::looking;
}

struct Holder {
  const LockOwner* owner;
  LockMode mode;
};
struct Waiter {
  const LockOwner* owner;
  LockMode mode;
  LockCallback done;
};
struct KeyState {
  std::vector<Holder> holders;
  std::list<Waiter> queue;  // takes nothing while it is empty, as most are

  Holder* holder(const LockOwner* owner) {
    for (Holder& holder : holders) {
      if (holder.owner == owner) return &holder;
    }
    return nullptr;
  }
  // Whether nothing but the queue stands between `owner` and the lock.
  bool free_for(const LockOwner* owner, LockMode mode) const {
    return std::all_of(holders.begin(), holders.end(), [&](const Holder& holder) {
      return holder.owner == owner || compatible(holder.mode, mode);
    });
  }
  // Whether nobody was there first who does not go with it.
  bool may_pass(LockMode mode) const {
    return std::all_of(queue.begin(), queue.end(),
                       [&](const Waiter& waiter) { return compatible(waiter.mode, mode); });
  }
  void take(const LockOwner* owner, LockMode mode) {
    if (Holder* const already = holder(owner))
      already->mode = std::max(already->mode, mode);
    else
      holders.push_back({owner, mode});
  }
  bool empty() const { return holders.empty() && queue.empty(); }
};
static_assert(LockMode::looking < LockMode::shared && LockMode::looking < LockMode::frozen &&
              LockMode::shared < LockMode::exclusive && LockMode::frozen < LockMode::exclusive);

struct Stripe {
  Mutex mutex;
  std::unordered_map<KeyHash, KeyState> keys OCTAVO_GUARDED_BY(mutex);
};

struct Answer {
  LockCallback done;
  Status status;
};
using Answers = std::vector<Answer>;

}  // namespace

class LockTable::Impl {
 public:
  // Nothing if the caller would have to wait; else whether the key is new to the owner.
  std::optional<bool> take(const LockOwner& owner, KeyHash key, LockMode mode) {
    Stripe& stripe = stripe_of(key);
    const MutexLock lock(stripe.mutex);
    KeyState& state = stripe.keys[key];
    if (const Holder* const held = state.holder(&owner)) {
      if (held->mode >= mode) return false;
      // Raising a lock passes the queue: everyone in it waits for this owner anyway.
      if (!state.free_for(&owner, mode)) return std::nullopt;
      state.take(&owner, mode);
      return false;
    }
    if (!state.may_pass(mode) || !state.free_for(&owner, mode)) return std::nullopt;
    state.take(&owner, mode);
    return true;
  }

  // Queues a request that `take` refused, unless it can be had now or it is the victim of a circle
  // that it closes. `done` is consumed only if it is queued. `answers`: to victims, and to those
  // whom they let through.
  enum class Outcome { granted, queued, deadlock };
  Outcome enqueue(const LockOwner& owner, KeyHash key, LockMode mode, LockCallback& done,
                  Answers& answers) {
    const MutexLock waits_lock(waits_mutex_);
    ASSERT(!waits_.contains(&owner));
    Stripe& stripe = stripe_of(key);
    {
      const MutexLock lock(stripe.mutex);
      KeyState& state = stripe.keys[key];
      const bool raises = state.holder(&owner) != nullptr;
      if ((raises || state.may_pass(mode)) && state.free_for(&owner, mode)) {
        state.take(&owner, mode);
        return Outcome::granted;
      }
      Waiter waiter{&owner, mode, std::move(done)};
      if (raises)
        state.queue.push_front(std::move(waiter));
      else
        state.queue.push_back(std::move(waiter));
    }
    waits_[&owner] = key;
    while (waits_.contains(&owner)) {
      const LockOwner* const victim = victim_of(owner);
      if (victim == nullptr) break;
      if (victim == &owner) {
        waits_.erase(&owner);
        const MutexLock lock(stripe.mutex);
        done = std::move(*remove_waiter(stripe, key, &owner)).done;
        return Outcome::deadlock;
      }
      end_wait(*victim, deadlock(), answers);
    }
    return Outcome::queued;
  }

  void release(const LockOwner& owner, KeyHash key, Answers& answers) {
    Stripe& stripe = stripe_of(key);
    {
      const MutexLock lock(stripe.mutex);
      const auto found = stripe.keys.find(key);
      if (found == stripe.keys.end()) return;
      if (found->second.queue.empty()) {
        drop_holder(found->second, &owner);
        if (found->second.empty()) stripe.keys.erase(found);
        return;
      }
    }
    const MutexLock waits_lock(waits_mutex_);
    const MutexLock lock(stripe.mutex);
    const auto found = stripe.keys.find(key);
    if (found == stripe.keys.end()) return;
    drop_holder(found->second, &owner);
    grant(stripe, key, answers);
  }

  bool cancel(const LockOwner& owner, Error error, Answers& answers) {
    const MutexLock waits_lock(waits_mutex_);
    if (!waits_.contains(&owner)) return false;
    end_wait(owner, std::move(error), answers);
    return true;
  }

  static Error deadlock() {
    return {Code::conflict, "deadlock: the transactions wait for each other's locks"};
  }

  std::size_t waiting() const {
    const MutexLock lock(waits_mutex_);
    return waits_.size();
  }

 private:
  Stripe& stripe_of(KeyHash key) { return stripes_[(key >> 32) % stripes_.size()]; }

  static void drop_holder(KeyState& state, const LockOwner* owner) {
    std::erase_if(state.holders, [&](const Holder& holder) { return holder.owner == owner; });
  }

  // Takes a waiter out of the queue.
  static std::optional<Waiter> remove_waiter(Stripe& stripe, KeyHash key, const LockOwner* owner)
      OCTAVO_REQUIRES(stripe.mutex) {
    std::list<Waiter>& queue = stripe.keys[key].queue;
    for (auto at = queue.begin(); at != queue.end(); ++at) {
      if (at->owner != owner) continue;
      Waiter waiter = std::move(*at);
      queue.erase(at);
      return waiter;
    }
    return std::nullopt;
  }

  void end_wait(const LockOwner& owner, Error error, Answers& answers)
      OCTAVO_REQUIRES(waits_mutex_) {
    const auto wait = waits_.find(&owner);
    const KeyHash key = wait->second;
    waits_.erase(wait);
    Stripe& stripe = stripe_of(key);
    const MutexLock lock(stripe.mutex);
    auto waiter = remove_waiter(stripe, key, &owner);
    answers.push_back({std::move(waiter->done), std::unexpected(std::move(error))});
    grant(stripe, key, answers);
  }

  // Hands the key to whoever is next, in order: who goes with all that wait ahead passes them.
  void grant(Stripe& stripe, KeyHash key, Answers& answers)
      OCTAVO_REQUIRES(waits_mutex_, stripe.mutex) {
    KeyState& state = stripe.keys[key];
    std::vector<LockMode> ahead;  // each once
    for (auto next = state.queue.begin(); next != state.queue.end();) {
      const bool passes =
          std::ranges::all_of(ahead, [&](LockMode mode) { return compatible(mode, next->mode); });
      if (passes && state.free_for(next->owner, next->mode)) {
        state.take(next->owner, next->mode);
        waits_.erase(next->owner);
        answers.push_back({std::move(next->done), {}});
        next = state.queue.erase(next);
        continue;
      }
      if (next->mode == LockMode::exclusive) break;
      if (std::ranges::find(ahead, next->mode) == ahead.end()) ahead.push_back(next->mode);
      ++next;
    }
    if (state.empty()) stripe.keys.erase(key);
  }

  // Whom `owner` waits for at `key`: holders and those ahead in the queue whose mode clashes.
  void blockers(const LockOwner* owner, KeyHash key, std::vector<const LockOwner*>& out)
      OCTAVO_REQUIRES(waits_mutex_) {
    Stripe& stripe = stripe_of(key);
    const MutexLock lock(stripe.mutex);
    const KeyState& state = stripe.keys[key];
    const auto self = std::find_if(state.queue.begin(), state.queue.end(),
                                   [&](const Waiter& waiter) { return waiter.owner == owner; });
    ASSERT(self != state.queue.end());
    for (const Holder& holder : state.holders) {
      if (holder.owner != owner && !compatible(holder.mode, self->mode))
        out.push_back(holder.owner);
    }
    for (auto ahead = state.queue.begin(); ahead != self; ++ahead) {
      if (!compatible(ahead->mode, self->mode)) out.push_back(ahead->owner);
    }
  }

  // Of a circle that `owner` waits in; null: there is none.
  const LockOwner* victim_of(const LockOwner& owner) OCTAVO_REQUIRES(waits_mutex_) {
    std::unordered_map<const LockOwner*, const LockOwner*> before;  // who waits for whom
    std::vector<const LockOwner*> open{&owner};
    std::vector<const LockOwner*> blocking;
    while (!open.empty()) {
      const LockOwner* const waiting = open.back();
      open.pop_back();
      const auto wait = waits_.find(waiting);
      if (wait == waits_.end()) continue;
      blocking.clear();
      blockers(waiting, wait->second, blocking);
      for (const LockOwner* const next : blocking) {
        if (next == &owner) return lightest(waiting, owner, before);
        if (before.try_emplace(next, waiting).second) open.push_back(next);
      }
    }
    return nullptr;
  }

  // Of `owner` and those through whom it waits for `last`.
  static const LockOwner* lightest(
      const LockOwner* last, const LockOwner& owner,
      const std::unordered_map<const LockOwner*, const LockOwner*>& before) {
    const LockOwner* victim = &owner;
    for (const LockOwner* at = last; at != &owner; at = before.at(at)) {
      if (at->weight() < victim->weight()) victim = at;
    }
    return victim;
  }

  mutable Mutex waits_mutex_;
  std::unordered_map<const LockOwner*, KeyHash> waits_ OCTAVO_GUARDED_BY(waits_mutex_);
  std::array<Stripe, 64> stripes_;
};

namespace {
// With no mutex held: an answer may lock and release as it likes.
void deliver(Answers& answers) {
  for (Answer& answer : answers) answer.done(std::move(answer.status));
}
}  // namespace

LockOwner::~LockOwner() { table_.release_all(*this); }

LockTable::LockTable() : impl_(std::make_unique<Impl>()) {}
LockTable::~LockTable() = default;

bool LockTable::try_lock(LockOwner& owner, KeyHash key, LockMode mode) {
  const std::optional<bool> taken = impl_->take(owner, key, mode);
  if (taken.value_or(false)) owner.keys_.push_back(key);
  return taken.has_value();
}

void LockTable::lock(LockOwner& owner, KeyHash key, LockMode mode, LockCallback done) {
  if (try_lock(owner, key, mode)) return done({});
  // Before it is queued: once it is, another thread may grant it and the owner go on.
  if (std::find(owner.keys_.begin(), owner.keys_.end(), key) == owner.keys_.end()) {
    owner.keys_.push_back(key);
  }
  Answers answers;
  const Impl::Outcome outcome = impl_->enqueue(owner, key, mode, done, answers);
  if (outcome == Impl::Outcome::granted) done({});
  if (outcome == Impl::Outcome::deadlock) done(std::unexpected(Impl::deadlock()));
  deliver(answers);
}

bool LockTable::cancel(LockOwner& owner, Error error) {
  Answers answers;
  const bool found = impl_->cancel(owner, std::move(error), answers);
  deliver(answers);
  return found;
}

Status LockTable::lock_wait(LockOwner& owner, KeyHash key, LockMode mode,
                            std::optional<std::int64_t> deadline_ns, const CancelToken& cancel) {
  if (try_lock(owner, key, mode)) return {};
  TRY_STATUS(cancel.check());
  Mutex mutex;
  Condition woken;
  std::optional<Status> outcome;
  lock(owner, key, mode, [&](Status status) {
    const MutexLock guard(mutex);
    outcome = std::move(status);
    woken.notify_one();
  });
  const CancelCallback on_cancel(cancel, [&] {
    this->cancel(owner, {cancel.reason(), "cancelled while waiting for a lock"});
  });
  MutexLock guard(mutex);
  if (!deadline_ns) {
    while (!outcome) woken.wait(mutex);
    return *outcome;
  }
  const std::chrono::steady_clock::time_point deadline{Nanoseconds(*deadline_ns)};
  while (!outcome && woken.wait_until(mutex, deadline)) {
  }
  if (outcome) return *outcome;
  guard.unlock();
  this->cancel(owner, {Code::timed_out, "timed out while waiting for a lock"});
  // Either cancelled just now, or the lock was granted meanwhile and the answer is on its way.
  guard.lock();
  while (!outcome) woken.wait(mutex);
  return *outcome;
}

void LockTable::release(LockOwner& owner, KeyHash key) {
  std::erase(owner.keys_, key);
  Answers answers;
  impl_->release(owner, key, answers);
  deliver(answers);
}

void LockTable::release_all(LockOwner& owner) {
  if (owner.keys_.empty()) return;  // it waits for nothing either
  cancel(owner, {Code::cancelled, "the transaction ended"});
  Answers answers;
  for (const KeyHash key : owner.keys_) impl_->release(owner, key, answers);
  owner.keys_.clear();
  deliver(answers);
}

std::size_t LockTable::waiting() const { return impl_->waiting(); }

}  // namespace octavo::txn
