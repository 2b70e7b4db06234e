#include "value/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <vector>

#include "base/assert.h"
#include "base/mutex.h"
#include "value/account_state.h"
#include "value/pool_in_use.h"

namespace octavo::value {
namespace {

using State = Account::State;

// Accounts by number. States are kept for ever and used again, so that a look-up needs no lock.
class Accounts {
 public:
  static constexpr std::size_t kChunk = 1024;
  static constexpr std::size_t kChunks = 4096;

  State& open() {
    const MutexLock lock(mutex_);
    if (free_.empty()) add_chunk();
    State& state = *free_.back();
    free_.pop_back();
    return state;
  }
  void close(State& state) {
    const MutexLock lock(mutex_);
    free_.push_back(&state);
  }
  State& at(std::uint32_t id) {
    return (*chunks_[id / kChunk].load(std::memory_order_acquire))[id % kChunk];
  }

 private:
  using Chunk = std::array<State, kChunk>;

  void add_chunk() OCTAVO_REQUIRES(mutex_) {
    ASSERT(count_ < kChunks);  // four million queries at a time
    owned_.push_back(std::make_unique<Chunk>());
    Chunk& chunk = *owned_.back();
    free_.reserve((count_ + 1) * kChunk);  // closing an account never allocates
    for (std::size_t i = kChunk; i-- > 0;) {
      chunk[i].id = static_cast<std::uint32_t>(count_ * kChunk + i);
      if (chunk[i].id != 0) free_.push_back(&chunk[i]);
    }
    chunks_[count_++].store(&chunk, std::memory_order_release);
  }

  Mutex mutex_;
  std::vector<State*> free_ OCTAVO_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Chunk>> owned_ OCTAVO_GUARDED_BY(mutex_);
  std::array<std::atomic<Chunk*>, kChunks> chunks_{};  // stored with the mutex held
  std::size_t count_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

// Never destroyed: the last values may go after everything else.
Accounts& accounts() {
  static Accounts& all = *new Accounts;
  return all;
}

// The last eighth of a pool is for those who hold little, and its reserve for those who hold less
// still, so that small queries go on beside large ones that have used up the rest.
constexpr auto kLittleBytes = static_cast<std::int64_t>(kMiB);
constexpr auto kReservedBytes = static_cast<std::int64_t>(256 * kKiB);

bool may_grow(const State& state, const MemoryPool& pool) {
  return state.used <= kLittleBytes || pool.used() < pool.limit() - pool.limit() / 8;
}

std::unexpected<Error> over_limit(const State& state) {
  return fail(Code::resource_exhausted,
              fmt::format("The query needs more memory than the {} MiB that it may use.",
                          static_cast<std::size_t>(state.limit) / kMiB));
}

std::unexpected<Error> used_up(const MemoryPool& pool) {
  return fail(Code::resource_exhausted,
              fmt::format("{} ({} MiB) is used up", pool.name(), pool.limit() / kMiB));
}

}  // namespace

constinit thread_local State* account_in_use = nullptr;

MemoryPool* pool_in_use() noexcept {
  return account_in_use == nullptr ? nullptr : account_in_use->home;
}

Error out_of_memory(const std::bad_alloc& failure) {
  if (const auto* refused = dynamic_cast<const OutOfMemory*>(&failure)) return refused->error();
  return {Code::resource_exhausted, "The server is out of memory."};
}

Status State::take(std::int64_t bytes) {
  used -= returned.exchange(0, std::memory_order_acquire);
  if (used <= reserved) {
    if (reserved - used > kSpareBytes) give_back(kSpareBytes / 4);
    return {};
  }
  const auto refuse = [&](std::unexpected<Error> why) -> Status {
    used -= bytes;
    return why;
  };
  if (!refused) {
    take_unrefused();
    return {};
  }
  if (used > limit) return refuse(over_limit(*this));
  const bool little = used <= kReservedBytes;
  if (!little && pool != home && !move_to(*home)) return refuse(used_up(*home));
  if (!may_grow(*this, *pool)) return refuse(used_up(*pool));
  const std::int64_t missing = used - reserved;
  // A whole step where there is room for it, exactly what is missing where there is not.
  constexpr auto kStep = static_cast<std::int64_t>(MemoryReservation::kStepBytes);
  std::int64_t taken = std::max(missing, std::min(kStep, limit - reserved));
  Status reserved_step = pool->reserve(static_cast<std::size_t>(taken));
  if (!reserved_step && taken > missing) {
    taken = missing;
    reserved_step = pool->reserve(static_cast<std::size_t>(taken));
  }
  if (reserved_step) {
    reserved += taken;
    return {};
  }
  MemoryPool* const reserve = home->reserve_pool();
  if (little && reserve != nullptr && pool != reserve && move_to(*reserve)) return {};
  return refuse(fail(std::move(reserved_step).error()));
}

// With all that is used.
bool State::move_to(MemoryPool& other) {
  if (!other.reserve(static_cast<std::size_t>(used))) return false;
  pool->release(static_cast<std::size_t>(reserved));
  pool = &other;
  reserved = used;
  return true;
}

Status State::grow(std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(limit)) return over_limit(*this);
  used += static_cast<std::int64_t>(bytes);
  return used <= reserved ? Status() : take(static_cast<std::int64_t>(bytes));
}

void State::take_unrefused() noexcept {
  const std::int64_t taken =
      std::max(used - reserved, static_cast<std::int64_t>(MemoryReservation::kStepBytes));
  pool->force(static_cast<std::size_t>(taken));
  reserved += taken;
}

void State::charge_from_pool(std::size_t bytes) {
  if (Status taken = take(static_cast<std::int64_t>(bytes)); !taken) {
    throw OutOfMemory(std::move(taken).error());
  }
}

void State::give_back(std::int64_t keep) noexcept {
  const std::int64_t spare = reserved - used - keep;
  reserved -= spare;
  pool->release(static_cast<std::size_t>(spare));
}

void discharge_elsewhere(std::uint32_t id, std::size_t bytes) noexcept {
  State& state = accounts().at(id);
  MemoryPool* const home = state.home;  // the next account may begin once the count is zero
  const auto signed_bytes = static_cast<std::int64_t>(bytes);
  const std::int64_t now =
      state.returned.fetch_add(signed_bytes, std::memory_order_acq_rel) + signed_bytes;
  if (now > 0) return;  // the account is open and takes it off when it needs it
  home->release(bytes);
  if (now == 0) accounts().close(state);
}

Account::Account(MemoryPool& pool, std::size_t limit_bytes) : state_(&accounts().open()) {
  state_->pool = state_->home = &pool;
  state_->limit = static_cast<std::int64_t>(
      std::min(limit_bytes, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())));
  state_->refused = true;
  state_->used = 0;
  state_->reserved = 0;
  state_->returned.store(0, std::memory_order_relaxed);
}

Account Account::unrefused(MemoryPool& pool) {
  Account account(pool, std::numeric_limits<std::size_t>::max());
  account.state_->refused = false;
  return account;
}

Account::~Account() {
  if (state_ == nullptr) return;
  State& state = *state_;
  ASSERT(account_in_use != &state);
  MemoryPool& pool = *state.home;
  const std::int64_t used = state.used;
  const std::int64_t reserved = state.reserved;
  if (state.pool != &pool) {
    // Whoever frees what is still out knows only this one.
    pool.force(static_cast<std::size_t>(reserved));
    state.pool->release(static_cast<std::size_t>(reserved));
  }
  const std::int64_t returned = state.returned.fetch_sub(used, std::memory_order_acq_rel);
  // From here on the state is its blocks', if there are any.
  const std::int64_t still_out = used - returned;
  ASSERT(still_out >= 0);
  pool.release(static_cast<std::size_t>(reserved - still_out));
  if (still_out == 0) accounts().close(state);
}

Account::Use::Use(const Account* account) noexcept
    : before_(std::exchange(account_in_use, account == nullptr ? nullptr : account->state_)) {}

Account::Use::~Use() { account_in_use = static_cast<State*>(before_); }

Status Account::require(std::size_t bytes) {
  TRY_STATUS(state_->grow(bytes));
  state_->discharge(bytes);
  return {};
}

Status Charge::add(std::size_t bytes) {
  if (state_ == nullptr) return {};
  TRY_STATUS(state_->grow(bytes));
  bytes_ += bytes;
  return {};
}

void Charge::remove(std::size_t bytes) noexcept {
  if (state_ == nullptr) return;
  ASSERT(bytes <= bytes_);
  bytes_ -= bytes;
  state_->discharge(bytes);
}

Status Charge::make_room(std::string& text, std::size_t bytes) {
  if (text.capacity() - text.size() >= bytes) return {};
  const std::size_t capacity = std::max(2 * text.capacity(), text.size() + bytes);
  TRY_STATUS(add(capacity - text.capacity()));
  text.reserve(capacity);
  return {};
}

void Account::settle() noexcept {
  state_->used -= state_->returned.exchange(0, std::memory_order_acquire);
  state_->give_back(0);
}

std::size_t Account::unsettled() const noexcept {
  return static_cast<std::size_t>(state_->returned.load(std::memory_order_relaxed));
}

std::size_t Account::used() const noexcept {
  const std::int64_t used = state_->used - state_->returned.load(std::memory_order_relaxed);
  return used > 0 ? static_cast<std::size_t>(used) : 0;
}

}  // namespace octavo::value
