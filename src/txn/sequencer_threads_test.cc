// Real threads hammering one sequencer; run under the thread sanitizer as well.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/random.h"
#include "log/memory_log.h"
#include "txn/lock_table.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

class ThreadsTest : public testing::Test {
 protected:
  ThreadsTest() {
    sequencer_ = std::make_unique<Sequencer>(*log_, *store_, system_clock(),
                                             Hooks{&index_, nullptr, &keyspace_});
    EXPECT_TRUE(sequencer_->start());
  }

  template <class Work>
  static void run(std::size_t count, Work work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }

  // Adds one to the number in a row; false if somebody else was faster.
  bool increment(BytesView key) {
    const Verdict verdict = testing_support::increment(*sequencer_, *store_, key);
    EXPECT_TRUE(verdict.status || verdict.status.error().code == Code::conflict);
    return verdict.status.has_value();
  }

  std::unique_ptr<log::CommitLog> log_ = log::make_memory_log(system_clock());
  std::unique_ptr<kv::Store> store_ = kv::open_memory_store();
  TestIndex index_;
  TestKeyspace keyspace_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(ThreadsTest, NoIncrementIsLost) {
  constexpr std::size_t kThreads = 4;
  constexpr int kRounds = 1500;
  std::atomic<std::int64_t> done = 0;
  run(kThreads, [&](std::size_t seed) {
    Random random(seed);
    for (int i = 0; i < kRounds; ++i) {
      if (increment(Bytes(1, static_cast<char>('a' + random.below(3))))) ++done;
    }
  });
  std::int64_t sum = 0;
  for (const auto& [key, value] : read_rows(*store_)) sum += std::stoll(value);
  EXPECT_EQ(sum, done);
  EXPECT_GT(done, 0);
  EXPECT_EQ(read_index(*store_), index_of(read_rows(*store_)));
}

TEST_F(ThreadsTest, LocksTurnRetriesIntoAQueue) {
  LockTable locks;
  constexpr std::size_t kThreads = 4;
  constexpr int kRounds = 500;
  run(kThreads, [&](std::size_t seed) {
    for (int i = 0; i < kRounds; ++i) {
      LockOwner owner(locks, TransactionId{seed + 1});
      ASSERT_TRUE(
          locks.lock_wait(owner, row_hash(kTable, "hot"), LockMode::exclusive, std::nullopt));
      ASSERT_TRUE(increment("hot"));
    }
  });
  EXPECT_EQ(read_row(*store_, "hot"), std::to_string(kThreads * kRounds));
  EXPECT_EQ(sequencer_->stats().conflicts, 0u);
}

// Two rows always change together; readers must never see one without the other.
TEST_F(ThreadsTest, SnapshotsAreNeverTorn) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; i <= 3000; ++i) {
      const Bytes now = std::to_string(i);
      const Bytes before = std::to_string(i - 1);
      TransactionBuilder tx;
      tx.set_snapshot(sequencer_->tip());
      const auto old = i == 1 ? std::nullopt : std::optional<BytesView>(before);
      tx.put(kTable, "left", old, now);
      tx.put(kTable, "right", old, now);
      ASSERT_TRUE(sequencer_->commit(**tx.finish()).status);
    }
    stop = true;
  });
  run(3, [&](std::size_t) {
    Lsn last;
    while (!stop) {
      const ReadPoint point = sequencer_->snapshot();
      ASSERT_GE(point.lsn, last);
      last = point.lsn;
      ASSERT_EQ(read_row(*store_, "left", point.snapshot.get()),
                read_row(*store_, "right", point.snapshot.get()));
    }
  });
  writer.join();
}

TEST_F(ThreadsTest, ListenersMissNothing) {
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> committed = 0;
  std::thread writer([&] {
    const BytesView command[] = {"incr", "n"};
    while (!stop) {
      TransactionBuilder tx;
      tx.keyspace(0, command);
      ASSERT_TRUE(sequencer_->commit(**tx.finish()).status);
      ++committed;
    }
  });
  for (int round = 0; round < 200; ++round) {
    Recorder recorder;
    std::int64_t before = 0;
    std::int64_t after = 0;
    const Lsn from = sequencer_->add_listener(recorder);
    sequencer_->run_exclusive([&](Lsn tip) {
      EXPECT_GE(tip, from);
      before = keyspace_.state.counters["n"] - static_cast<std::int64_t>(recorder.ops);
    });
    sequencer_->run_exclusive([&](Lsn) {
      after = keyspace_.state.counters["n"] - static_cast<std::int64_t>(recorder.ops);
    });
    EXPECT_EQ(before, after);
    sequencer_->remove_listener(recorder);
  }
  stop = true;
  writer.join();
  EXPECT_EQ(keyspace_.state.counters["n"], static_cast<std::int64_t>(committed));
}

TEST_F(ThreadsTest, StopAnswersEverybody) {
  std::atomic<std::uint64_t> answered = 0;
  std::thread stopper([&] {
    while (sequencer_->stats().committed < 100) std::this_thread::yield();
    sequencer_->stop();
  });
  run(3, [&](std::size_t) {
    while (true) {
      TransactionBuilder tx;
      tx.cursor("c", "1");
      const Verdict verdict = sequencer_->commit(**tx.finish());
      ++answered;
      if (verdict.status) continue;
      EXPECT_EQ(verdict.status.error().code, Code::unavailable);
      return;
    }
  });
  stopper.join();
  EXPECT_GE(answered, 100u);
}

}  // namespace
}  // namespace octavo::txn
