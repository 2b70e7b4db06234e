// Local log, RocksDB and sequencer together on one simulated disk that loses its power, life after
// life. Whatever was acknowledged as durable must be there, and the whole must be exactly the state
// at one position: rows, index and keyspace.

#include <gtest/gtest.h>

#include <future>

#include "base/random.h"
#include "io/sim_file.h"
#include "log/local_log.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

struct World {
  Rows rows;
  std::int64_t counter = 0;
};

// Everything that one process has open.
struct Process {
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<log::LocalLog> log;
  std::unique_ptr<kv::Store> store;
  TestIndex index;
  TestKeyspace keyspace;
  std::unique_ptr<Sequencer> sequencer;

  ~Process() {
    sequencer.reset();
    if (log) log->stop();
    store.reset();
  }
};

class CrashTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  CrashTest() : random_(GetParam()), disk_(io::make_sim_disk(GetParam())) {
    history_[Lsn::zero()] = {};
  }

  void start() {
    process_ = std::make_unique<Process>();
    Process& process = *process_;
    process.files = disk_->mount();
    log::LocalOptions log_options;
    log_options.directory = "/data/log";
    log_options.first_segment_bytes = 64 * kKiB;
    log_options.segment_bytes = 256 * kKiB;
    log_options.reserve_bytes = 0;
    auto log = log::open_local_log(*process.files, clock_, log_options);
    ASSERT_TRUE(log) << log.error().what;
    process.log = *std::move(log);
    kv::StoreOptions store_options;
    store_options.path = "/data/rows";
    store_options.files = process.files.get();
    store_options.memory_bytes = 256 * kKiB;  // flushes all the time
    auto store = kv::Store::open(store_options);
    ASSERT_TRUE(store) << store.error().what;
    process.store = *std::move(store);
    process.keyspace.state = keyspace_snapshot_;
    process.sequencer = std::make_unique<Sequencer>(
        *process.log, *process.store, clock_, Hooks{&process.index, nullptr, &process.keyspace});
    const Status started = process.sequencer->start();
    ASSERT_TRUE(started) << started.error().what;
  }

  void commit() {
    const World& now = history_.rbegin()->second;
    World next = now;
    TransactionBuilder tx;
    tx.set_snapshot(process_->sequencer->tip());
    for (std::uint64_t i = random_.below(4) + 1; i > 0; --i) {
      const Bytes key = std::to_string(random_.below(40));
      if (touched_.contains(key)) continue;
      touched_.insert(key);
      const auto before = now.rows.find(key);
      const bool there = before != now.rows.end();
      if (there && random_.below(4) == 0) {
        tx.erase(kTable, key, before->second);
        next.rows.erase(key);
      } else {
        const Bytes after = std::to_string(++serial_) + Bytes(random_.below(2000), 'x');
        tx.put(kTable, key, there ? std::optional<BytesView>(before->second) : std::nullopt, after);
        next.rows[key] = after;
      }
    }
    touched_.clear();
    if (random_.below(2) == 0) {
      const BytesView command[] = {"incr", "n"};
      tx.keyspace(0, command);
      ++next.counter;
    }
    const Verdict verdict = process_->sequencer->commit(**tx.finish());
    ASSERT_TRUE(verdict.status) << verdict.status.error().what;
    history_[verdict.lsn] = std::move(next);
    acknowledged_os_ = verdict.lsn;
    if (random_.below(20) == 0) wait_durable(verdict.lsn);
  }

  void wait_durable(Lsn lsn) {
    std::promise<bool> done;
    process_->log->when_durable(lsn, Durability::disk,
                                [&](Status status) { done.set_value(status.has_value()); });
    ASSERT_TRUE(done.get_future().get());
    acknowledged_disk_ = lsn;
  }

  void maintain() {
    ASSERT_TRUE(process_->sequencer->checkpoint());
    if (random_.below(2) == 0) {
      // The keyspace's snapshot counts from when it is durable, as the log must be up to there.
      const TestKeyspace::State state = process_->keyspace.state;
      if (state.applied != Lsn::zero()) wait_durable(state.applied);
      keyspace_snapshot_ = state;
    }
    const Lsn needed =
        std::min(process_->sequencer->rows_replay_from(), keyspace_snapshot_.applied);
    ASSERT_TRUE(process_->log->trim(needed));
  }

  void end(bool power_cut) {
    if (power_cut)
      disk_->power_cut();
    else
      disk_->kill();
    process_.reset();
    start();
    if (HasFatalFailure()) return;
    // The tip is the new life's first record; positions of lost ones are not given out again.
    const Lsn last = last_transaction();
    EXPECT_GE(last, power_cut ? acknowledged_disk_ : acknowledged_os_);
    history_.erase(history_.upper_bound(last), history_.end());
    const World& world = history_.rbegin()->second;
    EXPECT_EQ(read_rows(*process_->store), world.rows);
    EXPECT_EQ(read_index(*process_->store), index_of(world.rows));
    EXPECT_EQ(process_->keyspace.state.counters["n"], world.counter);
    acknowledged_os_ = history_.rbegin()->first;
  }

  Lsn last_transaction() {
    Lsn last;
    const auto reader = process_->log->read(process_->log->head());
    EXPECT_TRUE(reader);
    while (true) {
      const auto record = (*reader)->next();
      EXPECT_TRUE(record);
      if (!record || !*record) return std::max(last, acknowledged_disk_);
      if ((*record)->header.kind == log::RecordKind::transactions) last = (*record)->lsn;
    }
  }

  Random random_;
  ManualClock clock_;
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<Process> process_;
  TestKeyspace::State keyspace_snapshot_;
  std::map<Lsn, World> history_;
  std::set<Bytes> touched_;
  Lsn acknowledged_os_;
  Lsn acknowledged_disk_;
  std::uint64_t serial_ = 0;
};

TEST_P(CrashTest, NothingAcknowledgedIsLostAndNothingIsTorn) {
  start();
  for (int life = 0; life < 7 && !HasFailure(); ++life) {
    for (std::uint64_t i = random_.below(250); i > 0 && !HasFailure(); --i) {
      commit();
      if (random_.below(100) == 0) maintain();
    }
    end(random_.below(3) != 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashTest, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace octavo::txn
