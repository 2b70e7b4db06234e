// Two nodes of a shared log that delivers later, each with rows of its own: the same verdicts, and
// the same rows, on both.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <thread>

#include "base/random.h"
#include "log/fake_shared_log.h"
#include "log/faulty_log.h"
#include "log/memory_log.h"
#include "txn/poller.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

constexpr std::chrono::milliseconds kDelay{1};

// A process with a log, as the engine puts one together.
class Process {
 public:
  Process(log::Broker& broker, std::uint32_t number) : log_(broker.node(number)) {
    SequencerOptions options;
    options.authority = Authority::shared;
    options.on_ready = [this] { poller_->wake(); };
    sequencer_ = std::make_unique<Sequencer>(
        *log_, *store_, system_clock(), Hooks{&index_, nullptr, &keyspace_}, std::move(options));
    poller_->start(*sequencer_);
    EXPECT_TRUE(sequencer_->start());
  }
  ~Process() {
    sequencer_->stop();
    log_->stop();
    poller_.reset();
  }

  Sequencer& sequencer() { return *sequencer_; }
  const log::CommitLog& log() const { return *log_; }
  const kv::Store& store() const { return *store_; }
  std::int64_t counter() { return keyspace_.state.counters["n"]; }

  // Everything that anybody appended before has been applied here.
  void settle() {
    std::promise<bool> reached;
    log_->fence([&](const Result<Lsn>& at) { reached.set_value(at.has_value()); });
    EXPECT_TRUE(reached.get_future().get());
  }

  // Adds one to the number in a row and to the counter; false if somebody else was faster.
  bool increment(BytesView key) {
    const Verdict verdict = testing_support::increment(*sequencer_, *store_, key, "n");
    EXPECT_TRUE(verdict.status || verdict.status.error().code == Code::conflict);
    return verdict.status.has_value();
  }

 private:
  std::unique_ptr<log::CommitLog> log_;
  std::unique_ptr<kv::Store> store_ = kv::open_memory_store();
  TestIndex index_;
  TestKeyspace keyspace_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Poller> poller_ = std::make_unique<Poller>();
};

TEST(SharedLog, TwoNodesLoseNoIncrementAndAgree) {
  const auto broker = log::make_broker(log::make_memory_log(system_clock()), kDelay);
  Process zero(*broker, 0);
  Process one(*broker, 1);
  std::atomic<std::int64_t> done = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      Random random(seed);
      Process& process = seed % 2 == 0 ? zero : one;
      for (int i = 0; i < 150; ++i) {
        if (process.increment(Bytes(1, static_cast<char>('a' + random.below(5))))) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  zero.settle();
  one.settle();

  const Rows rows = read_rows(zero.store());
  EXPECT_EQ(read_rows(one.store()), rows);
  EXPECT_EQ(read_index(one.store()), index_of(rows));
  std::int64_t sum = 0;
  for (const auto& [key, value] : rows) sum += std::stoll(value);
  EXPECT_EQ(sum, done);
  EXPECT_EQ(zero.counter(), done);
  EXPECT_EQ(one.counter(), done);
  EXPECT_GT(zero.sequencer().stats().conflicts, 0U);  // both met on the same rows
}

// Every write of a row is one of its table: who has read all of it loses to any of them.
TEST(SharedLog, WhoHasReadATableLosesToEveryWriteOfIt) {
  const auto broker = log::make_broker(log::make_memory_log(system_clock()), kDelay);
  Process zero(*broker, 0);
  Process one(*broker, 1);
  const Lsn before = zero.sequencer().read_point();
  const auto commit = [](Process& process, Lsn read_at, TableId read, BytesView key) {
    const Transaction transaction = build([&](TransactionBuilder& tx) {
      tx.set_snapshot(process.sequencer().read_point());
      tx.put(TableId{raw(kTable) + 1}, key, std::nullopt, "x");
      tx.read_at(read_at);
      tx.read_key(table_rows_hash(read));
    });
    return process.sequencer().commit(transaction).status;
  };
  EXPECT_TRUE(commit(zero, before, kTable, "first"));
  EXPECT_TRUE(commit(one, before, kTable, "second")) << "of another table";
  ASSERT_TRUE(one.increment("a"));
  zero.settle();
  const Status late = commit(zero, before, kTable, "third");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::conflict);
  EXPECT_TRUE(commit(zero, zero.sequencer().read_point(), kTable, "fourth"));
  one.settle();
  EXPECT_EQ(read_rows(zero.store()), read_rows(one.store()));
}

// Such a record has no verdicts in it, and who writes alone has not kept what they depend on.
TEST(SharedLog, IsNotReadAsIfThereWereOneWriter) {
  ManualClock clock;
  const auto log = log::make_faulty_log(clock, {.delivery_delay = 1});
  const Transaction transaction =
      build([](TransactionBuilder& tx) { tx.put(kTable, "a", std::nullopt, "x"); });
  {
    const auto rows = kv::open_memory_store();
    Sequencer shared(*log, *rows, clock, {}, {.authority = Authority::shared});
    ASSERT_TRUE(shared.start());
    Ticket ticket;
    ticket.transaction = &transaction;
    shared.submit(ticket);
    log->pump();
    shared.poll();
    ASSERT_TRUE(ticket.verdict && ticket.verdict->status);
    shared.stop();
    log->kill();
  }
  const auto rows = kv::open_memory_store();
  Sequencer sole(*log, *rows, clock, {}, {.authority = Authority::sole});
  EXPECT_EQ(sole.start().error().code, Code::unsupported);
  EXPECT_TRUE(read_rows(*rows).empty());
}

// Nobody holds a thread, nor anything else that others need, while records are on their way: all
// of them are in the log before the first one comes back, which here none does.
TEST(SharedLog, CommitsOfOneNodeAreUnderWayTogether) {
  const auto broker = log::make_broker(log::make_memory_log(system_clock()), std::chrono::hours(1));
  constexpr std::size_t kCommits = 100;
  std::deque<Transaction> transactions;
  std::deque<Ticket> tickets(kCommits);
  {
    Process zero(*broker, 0);
    const std::uint64_t before = zero.log().stats().appended_records;
    for (std::size_t i = 0; i < kCommits; ++i) {
      transactions.push_back(build(
          [&](TransactionBuilder& tx) { tx.put(kTable, std::to_string(i), std::nullopt, "x"); }));
      tickets[i].transaction = &transactions.back();
      zero.sequencer().submit(tickets[i]);
    }
    EXPECT_EQ(zero.log().stats().appended_records, before + kCommits);
    for (const Ticket& ticket : tickets) EXPECT_FALSE(ticket.verdict);
  }
  for (const Ticket& ticket : tickets) {
    ASSERT_TRUE(ticket.verdict) << "a stop answers everybody";
    EXPECT_EQ(code_of(*ticket.verdict), Code::indeterminate);
  }
}

}  // namespace
}  // namespace octavo::txn
