#include "txn/lock_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "base/clock.h"
#include "base/random.h"

namespace octavo::txn {
namespace {

constexpr LockMode kLooking = LockMode::looking;
constexpr LockMode kShared = LockMode::shared;
constexpr LockMode kFrozen = LockMode::frozen;
constexpr LockMode kExclusive = LockMode::exclusive;

class LockTableTest : public testing::Test {
 protected:
  LockOwner& owner(std::uint64_t id) {
    auto& slot = owners_[id];
    if (!slot) slot = std::make_unique<LockOwner>(table_, TransactionId{id});
    return *slot;
  }
  void end(std::uint64_t id) { owners_.erase(id); }
  // Requests and notes the outcome under the owner's id.
  void request(std::uint64_t id, KeyHash key, LockMode mode) {
    outcome_.erase(id);
    table_.lock(owner(id), key, mode, [this, id](Status status) {
      outcome_[id] = status ? "granted" : std::string(code_name(status.error().code));
    });
  }
  std::string outcome(std::uint64_t id) {
    return outcome_.contains(id) ? outcome_[id] : std::string("waits");
  }

  LockTable table_;
  std::map<std::uint64_t, std::string> outcome_;
  std::map<std::uint64_t, std::unique_ptr<LockOwner>> owners_;  // their ends are outcomes, too
};

TEST_F(LockTableTest, SharedLocksShareAndExclusiveOnesDoNot) {
  EXPECT_TRUE(table_.try_lock(owner(1), 7, kShared));
  EXPECT_TRUE(table_.try_lock(owner(2), 7, kShared));
  EXPECT_FALSE(table_.try_lock(owner(3), 7, kExclusive));
  EXPECT_TRUE(table_.try_lock(owner(3), 8, kExclusive));
  end(1);
  end(2);
  EXPECT_TRUE(table_.try_lock(owner(3), 7, kExclusive));
  EXPECT_FALSE(table_.try_lock(owner(4), 7, kShared));
  EXPECT_TRUE(table_.try_lock(owner(3), 7, kShared));  // has more already
  EXPECT_EQ(owner(3).held(), 2u);
}

TEST_F(LockTableTest, FrozenLocksShareWithEachOtherAlone) {
  request(1, 7, kFrozen);
  request(2, 7, kFrozen);
  request(3, 7, kShared);
  request(4, 7, kFrozen);
  EXPECT_EQ(outcome(2), "granted");
  EXPECT_EQ(outcome(3), "waits");
  EXPECT_EQ(outcome(4), "waits");  // does not pass 3
  end(1);
  end(2);
  EXPECT_EQ(outcome(3), "granted");
  EXPECT_EQ(outcome(4), "waits");
  end(3);
  EXPECT_EQ(outcome(4), "granted");
  EXPECT_FALSE(table_.try_lock(owner(5), 7, kExclusive));
  EXPECT_TRUE(table_.try_lock(owner(4), 7, kExclusive));
}

TEST_F(LockTableTest, WhoOnlyLooksGoesWithAllButExclusiveLocks) {
  request(1, 7, kFrozen);
  request(2, 7, kShared);
  request(3, 7, kLooking);
  EXPECT_EQ(outcome(2), "waits");
  EXPECT_EQ(outcome(3), "granted");  // passes 2
  request(4, 7, kExclusive);
  request(5, 7, kLooking);
  EXPECT_EQ(outcome(5), "waits");  // does not pass 4
  end(1);
  EXPECT_EQ(outcome(2), "granted");
  EXPECT_EQ(outcome(4), "waits");
  end(2);
  end(3);
  EXPECT_EQ(outcome(4), "granted");
  request(6, 7, kFrozen);
  request(8, 7, kShared);
  request(9, 7, kLooking);
  end(4);
  EXPECT_EQ(outcome(5), "granted");
  EXPECT_EQ(outcome(6), "granted");
  EXPECT_EQ(outcome(8), "waits");
  EXPECT_EQ(outcome(9), "granted");  // goes with 8, which waits ahead
  end(6);
  EXPECT_EQ(outcome(8), "granted");
  EXPECT_FALSE(table_.try_lock(owner(10), 7, kFrozen));
  EXPECT_TRUE(table_.try_lock(owner(9), 7, kShared));  // raised
}

TEST_F(LockTableTest, FirstComeFirstServed) {
  request(1, 7, kExclusive);
  request(2, 7, kShared);
  request(3, 7, kExclusive);
  request(4, 7, kShared);
  EXPECT_EQ(outcome(1), "granted");
  EXPECT_EQ(table_.waiting(), 3u);
  end(1);
  EXPECT_EQ(outcome(2), "granted");
  EXPECT_EQ(outcome(3), "waits");
  EXPECT_EQ(outcome(4), "waits");  // does not pass 3
  end(2);
  EXPECT_EQ(outcome(3), "granted");
  EXPECT_EQ(outcome(4), "waits");
  end(3);
  EXPECT_EQ(outcome(4), "granted");
}

TEST_F(LockTableTest, ReadersBehindALeavingWriterAreGrantedTogether) {
  request(1, 7, kShared);
  request(2, 7, kExclusive);
  request(3, 7, kShared);
  request(4, 7, kShared);
  EXPECT_TRUE(table_.cancel(owner(2), {Code::cancelled, "enough"}));
  EXPECT_EQ(outcome(2), "cancelled");
  EXPECT_EQ(outcome(3), "granted");
  EXPECT_EQ(outcome(4), "granted");
  EXPECT_FALSE(table_.cancel(owner(2), {Code::cancelled, "enough"}));
}

TEST_F(LockTableTest, RaisingPassesTheQueue) {
  request(1, 7, kShared);
  request(2, 7, kExclusive);
  request(1, 7, kExclusive);
  EXPECT_EQ(outcome(1), "granted");
  EXPECT_EQ(outcome(2), "waits");
  end(1);
  EXPECT_EQ(outcome(2), "granted");
}

TEST_F(LockTableTest, RaisingWaitsForOtherReaders) {
  request(1, 7, kShared);
  request(2, 7, kShared);
  request(3, 7, kExclusive);
  request(1, 7, kExclusive);
  EXPECT_EQ(outcome(1), "waits");
  end(2);
  EXPECT_EQ(outcome(1), "granted");
  EXPECT_EQ(outcome(3), "waits");
}

TEST_F(LockTableTest, TwoWhoRaiseAreADeadlock) {
  request(1, 7, kShared);
  request(2, 7, kShared);
  request(1, 7, kExclusive);
  request(2, 7, kExclusive);
  EXPECT_EQ(outcome(2), "conflict");
  EXPECT_EQ(outcome(1), "waits");
  end(2);
  EXPECT_EQ(outcome(1), "granted");
}

TEST_F(LockTableTest, LongCirclesAreFoundAndTheRequesterLoses) {
  constexpr std::uint64_t kLength = 20;
  for (std::uint64_t i = 0; i < kLength; ++i) request(i, i, kExclusive);
  for (std::uint64_t i = 0; i + 1 < kLength; ++i) {
    request(i, i + 1, kExclusive);
    EXPECT_EQ(outcome(i), "waits");
  }
  request(kLength - 1, 0, kExclusive);
  EXPECT_EQ(outcome(kLength - 1), "conflict");
  end(kLength - 1);
  EXPECT_EQ(outcome(kLength - 2), "granted");
}

// 3 waits behind 2 in the queue, 2 waits for 1; 1 asking for something of 3 closes the circle.
TEST_F(LockTableTest, WaitingInAQueueCounts) {
  request(3, 9, kExclusive);
  request(1, 7, kShared);
  request(2, 7, kExclusive);
  request(3, 7, kShared);
  EXPECT_EQ(outcome(3), "waits");
  request(1, 9, kExclusive);
  EXPECT_EQ(outcome(1), "conflict");
}

TEST_F(LockTableTest, OfACircleTheLightestLoses) {
  constexpr std::uint64_t kLength = 5;
  for (std::uint64_t lightest = 0; lightest < kLength; ++lightest) {
    for (std::uint64_t i = 0; i < kLength; ++i) {
      owner(i).set_weight(i == lightest ? 1 : 2);
      request(i, i, kExclusive);
    }
    for (std::uint64_t i = 0; i < kLength; ++i) request(i, (i + 1) % kLength, kExclusive);
    for (std::uint64_t i = 0; i < kLength; ++i) {
      EXPECT_EQ(outcome(i), i == lightest ? "conflict" : "waits") << i << " of " << lightest;
    }
    for (std::uint64_t i = 0; i < kLength; ++i) end((lightest + kLength - i) % kLength);
    EXPECT_EQ(table_.waiting(), 0U);
    outcome_.clear();
  }
}

// Both circles that a request closes are broken, and it waits on for who is in none.
TEST_F(LockTableTest, OneRequestMayCloseSeveralCircles) {
  for (std::uint64_t i = 2; i <= 4; ++i) request(i, 7, kShared);
  request(1, 9, kExclusive);
  owner(1).set_weight(5);
  request(2, 9, kExclusive);
  request(3, 9, kExclusive);
  request(1, 7, kExclusive);
  EXPECT_EQ(outcome(2), "conflict");
  EXPECT_EQ(outcome(3), "conflict");
  EXPECT_EQ(outcome(1), "waits");
  for (std::uint64_t i = 2; i <= 4; ++i) end(i);
  EXPECT_EQ(outcome(1), "granted");
}

// 2 stands in the queue before 1, and is the lighter of the two.
TEST_F(LockTableTest, AVictimLetsThroughWhoWaitsBehindIt) {
  owner(1).set_weight(1);
  request(1, 9, kExclusive);
  request(3, 7, kShared);
  request(2, 7, kExclusive);
  request(1, 7, kShared);
  EXPECT_EQ(outcome(1), "waits");
  // No circle yet: 2 waits for 3 alone. It is closed by 3, who is the heaviest.
  owner(3).set_weight(2);
  request(3, 9, kExclusive);
  EXPECT_EQ(outcome(2), "conflict");
  EXPECT_EQ(outcome(1), "granted");
  EXPECT_EQ(outcome(3), "waits");
}

TEST_F(LockTableTest, WaitsEndAtTheirDeadline) {
  ASSERT_TRUE(table_.try_lock(owner(1), 7, kExclusive));
  const Status status = table_.lock_wait(owner(2), 7, kExclusive, system_clock().monotonic_ns());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::timed_out);
  EXPECT_EQ(table_.waiting(), 0u);
  table_.release(owner(1), 7);
  EXPECT_TRUE(table_.lock_wait(owner(2), 7, kExclusive, std::nullopt));
}

TEST_F(LockTableTest, WaitsCanBeCancelled) {
  ASSERT_TRUE(table_.try_lock(owner(1), 7, kExclusive));
  CancelSource source;
  LockOwner& waiter = owner(2);
  Status status;
  std::thread thread(
      [&] { status = table_.lock_wait(waiter, 7, kExclusive, std::nullopt, source.token()); });
  while (table_.waiting() == 0) std::this_thread::yield();
  source.cancel();
  thread.join();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::cancelled);
}

// Threads move money between accounts under locks in random order: deadlocks are broken, exclusive
// sections never overlap, and everyone gets through in the end.
TEST(LockTableThreads, MutualExclusionUnderStress) {
  LockTable table;
  constexpr std::size_t kAccounts = 6;
  std::vector<std::int64_t> accounts(kAccounts, 100);
  std::atomic<std::uint64_t> deadlocks = 0;
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    for (int round = 0; round < 2000; ++round) {
      LockOwner owner(table, TransactionId{seed});
      const std::size_t from = random.below(kAccounts);
      const std::size_t to = random.below(kAccounts);
      const KeyHash keys[] = {from, to};
      if (random.below(2) == 0 && !table.lock_wait(owner, from, kShared, std::nullopt)) {
        ++deadlocks;
        continue;
      }
      const auto lock = [&](KeyHash key) {
        return table.lock_wait(owner, key, kExclusive, std::nullopt).has_value();
      };
      if (!std::ranges::all_of(keys, lock)) {
        ++deadlocks;
        continue;
      }
      accounts[from] -= 1;
      accounts[to] += 1;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 1; i <= 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  std::int64_t sum = 0;
  for (const std::int64_t account : accounts) sum += account;
  EXPECT_EQ(sum, static_cast<std::int64_t>(100 * kAccounts));
  EXPECT_EQ(table.waiting(), 0u);
}

}  // namespace
}  // namespace octavo::txn
