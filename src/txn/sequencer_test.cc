#include "txn/sequencer.h"

#include <gtest/gtest.h>

#include "log/faulty_log.h"
#include "log/memory_log.h"
#include "txn/retries.h"
#include "txn/row_counts.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

// An store whose disk can be full.
class FullableStore final : public kv::Store {
 public:
  explicit FullableStore(std::unique_ptr<kv::Store> store) : store_(std::move(store)) {}
  bool says_full = false;  // `writable` refuses
  bool is_full = false;    // `apply` refuses

  Status apply(const kv::WriteBatch& batch, Lsn applied) override {
    if (is_full) return fail(Code::resource_exhausted, "disk full");
    return store_->apply(batch, applied);
  }
  Status writable() override {
    return says_full ? Status(fail(Code::resource_exhausted, "disk full")) : Status{};
  }
  Lsn applied() const override { return store_->applied(); }
  Lsn durable_applied() const override { return store_->durable_applied(); }
  void set_flush_barrier(kv::FlushBarrier barrier) override {
    store_->set_flush_barrier(std::move(barrier));
  }
  kv::SnapshotPointer snapshot() override { return store_->snapshot(); }
  Result<bool> get(kv::Family family, BytesView key, Bytes& value,
                   const kv::ReadOptions& options) const override {
    return store_->get(family, key, value, options);
  }
  Status multi_get(kv::Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values,
                   const kv::ReadOptions& options) const override {
    return store_->multi_get(family, keys, values, options);
  }
  std::unique_ptr<kv::Cursor> cursor(kv::Family family, kv::CursorOptions options) const override {
    return store_->cursor(family, std::move(options));
  }
  Status flush() override { return store_->flush(); }
  Status compact(kv::Family family, BytesView begin, BytesView end) override {
    return store_->compact(family, begin, end);
  }
  std::uint64_t approximate_bytes(kv::Family family, BytesView begin,
                                  BytesView end) const override {
    return store_->approximate_bytes(family, begin, end);
  }
  kv::StoreStats stats() const override { return store_->stats(); }

 private:
  std::unique_ptr<kv::Store> store_;
};

class SequencerTest : public testing::Test {
 protected:
  SequencerTest() { open(); }

  void open(SequencerOptions options = {}) {
    sequencer_.reset();
    store_ = std::make_unique<FullableStore>(kv::open_memory_store(disk_));
    keyspace_ = std::make_unique<TestKeyspace>();
    keyspace_->state = keyspace_snapshot_;
    catalog_ = std::make_unique<TestCatalog>();
    sequencer_ = std::make_unique<Sequencer>(*log_, *store_, clock_,
                                             Hooks{&index_, catalog_.get(), keyspace_.get()},
                                             std::move(options));
    const Status started = sequencer_->start();
    ASSERT_TRUE(started) << started.error().what;
  }
  // As after `kill -9`: rows are as flushed, the log has everything.
  void restart() {
    log_->kill();
    open();
  }
  void make_durable() {
    while (!log_->is_durable(sequencer_->tip(), Durability::disk)) log_->pump();
  }

  Verdict commit(const std::function<void(TransactionBuilder&)>& fill,
                 LocalCommands* local = nullptr) {
    const Transaction transaction = build(fill);
    return sequencer_->commit(transaction, local);
  }
  Verdict insert(BytesView key, BytesView value) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(sequencer_->tip());
      tx.put(kTable, key, std::nullopt, value);
    });
  }
  std::optional<Bytes> row(BytesView key) { return read_row(*store_, key); }

  ManualClock clock_;
  std::unique_ptr<log::FaultyLog> log_ =
      log::make_faulty_log(clock_, {.seed = 1, .delivery_delay = 0});
  std::shared_ptr<kv::MemoryDisk> disk_ = kv::make_memory_disk();
  std::unique_ptr<FullableStore> store_;
  TestIndex index_;
  std::unique_ptr<TestCatalog> catalog_;
  std::unique_ptr<TestKeyspace> keyspace_;
  TestKeyspace::State keyspace_snapshot_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(SequencerTest, CommitsRowsAndIndexesTogether) {
  const Verdict verdict = insert("a", "1");
  ASSERT_TRUE(verdict.status);
  EXPECT_EQ(verdict.lsn, sequencer_->tip());
  EXPECT_EQ(row("a"), "1");
  EXPECT_EQ(read_index(*store_), index_of(Rows{{"a", "1"}}));
  EXPECT_EQ(store_->applied(), verdict.lsn);
  const ReadPoint point = sequencer_->snapshot();
  EXPECT_EQ(point.lsn, verdict.lsn);
  ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                tx.set_snapshot(point.lsn);
                tx.erase(kTable, "a", "1");
              }).status);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(read_row(*store_, "a", point.snapshot.get()), "1");
  EXPECT_EQ(read_index(*store_), index_of(Rows{}));
}

TEST_F(SequencerTest, FirstCommitterWins) {
  ASSERT_TRUE(insert("a", "0").status);
  const Lsn snapshot = sequencer_->tip();
  const auto update = [&](BytesView value) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.put(kTable, "a", "0", value);
    });
  };
  EXPECT_TRUE(update("1").status);
  EXPECT_EQ(code_of(update("2")), Code::conflict);
  EXPECT_EQ(row("a"), "1");
  EXPECT_EQ(sequencer_->stats().conflicts, 1u);
}

TEST_F(SequencerTest, ReadKeysMakeItSerializable) {
  ASSERT_TRUE(insert("a", "0").status);
  const Lsn snapshot = sequencer_->tip();
  ASSERT_TRUE(insert("b", "0").status);
  const auto write_c = [&](bool reads_b) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      if (reads_b) tx.read_key(row_hash(kTable, "b"));
      tx.put(kTable, "c", std::nullopt, "1");
    });
  };
  EXPECT_EQ(code_of(write_c(true)), Code::conflict);
  EXPECT_TRUE(write_c(false).status);
}

TEST_F(SequencerTest, SnapshotsOlderThanTheWindowLose) {
  sequencer_->stop();
  log_->kill();
  open({.window_keys = 4});
  const Lsn old = sequencer_->tip();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(insert(std::to_string(i), "x").status);
  const Verdict verdict = commit([&](TransactionBuilder& tx) {
    tx.set_snapshot(old);
    tx.put(kTable, "never written", std::nullopt, "1");
  });
  EXPECT_EQ(code_of(verdict), Code::conflict);
}

// A transaction that says where it read each row does not lose for its age: a row's version tells.
TEST_F(SequencerTest, RowsReadBelowTheWindowAreJudgedByTheirVersions) {
  sequencer_->stop();
  log_->kill();
  open({.window_keys = 4});
  ASSERT_TRUE(insert("a", "0").status);
  ASSERT_TRUE(insert("b", "0").status);
  const Lsn early = sequencer_->tip();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(insert("x" + std::to_string(i), "0").status);
  const Lsn late = sequencer_->tip();
  const auto update = [&](BytesView key, std::optional<BytesView> before, Lsn read_at,
                          bool writes_hash = false) {
    return commit([&](TransactionBuilder& tx) {
      tx.read_at(read_at);
      tx.put(kTable, "x19", "0", "0");  // above the window, and unchanged since `late`
      tx.read_at(early);
      if (writes_hash) tx.write_key(0x1234);
      tx.put(kTable, key, before, "1");
    });
  };
  EXPECT_TRUE(update("a", "0", late).status);
  EXPECT_EQ(code_of(update("a", "0", late)), Code::conflict) << "x19 was written after `late`";
  const Lsn now = sequencer_->tip();
  EXPECT_EQ(code_of(update("a", "0", now)), Code::conflict) << "another version";
  EXPECT_EQ(code_of(update("b", std::nullopt, now)), Code::conflict) << "it was there";
  EXPECT_EQ(code_of(update("c", "0", now)), Code::conflict) << "it is gone";
  EXPECT_TRUE(update("c", std::nullopt, now).status);
  EXPECT_EQ(row("c"), "1");
  EXPECT_EQ(code_of(update("b", "0", sequencer_->tip(), true)), Code::conflict)
      << "what is no row has no version";
  EXPECT_TRUE(update("b", "0", sequencer_->tip()).status);
}

TEST_F(SequencerTest, GuardsLookAtTheTip) {
  const Verdict first = insert("a", "1");
  const auto guarded = [&](auto guard) {
    return commit([&](TransactionBuilder& tx) {
      guard(tx);
      tx.cursor("touched", "yes");
    });
  };
  EXPECT_EQ(code_of(guarded([](auto& tx) { tx.guard_absent(kTable, "a"); })), Code::already_exists);
  EXPECT_TRUE(guarded([](auto& tx) { tx.guard_absent(kTable, "b"); }).status);
  EXPECT_EQ(code_of(guarded([](auto& tx) { tx.guard_exists(kTable, "b"); })), Code::not_found);
  EXPECT_TRUE(guarded([](auto& tx) { tx.guard_exists(kTable, "a"); }).status);
  EXPECT_TRUE(guarded([&](auto& tx) { tx.guard_version(kTable, "a", first.lsn); }).status);
  EXPECT_EQ(
      code_of(guarded([&](auto& tx) { tx.guard_version(kTable, "a", Lsn::of(0, LsnOrder{1})); })),
      Code::conflict);
}

TEST_F(SequencerTest, RetriedWritesHappenOnce) {
  const auto attempt = [&](std::uint64_t number) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_retry({"session", number, {}});
      const BytesView command[] = {"incr", "n"};
      tx.keyspace(0, command);
    });
  };
  const Verdict first = attempt(1);
  ASSERT_TRUE(first.status);
  EXPECT_FALSE(first.duplicate);
  const Verdict again = attempt(1);
  ASSERT_TRUE(again.status);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.lsn, first.lsn);
  EXPECT_EQ(keyspace_->state.counters["n"], 1);
  EXPECT_TRUE(attempt(2).status);
  EXPECT_EQ(code_of(attempt(1)), Code::invalid_argument);
  restart();
  EXPECT_TRUE(attempt(2).duplicate);
  EXPECT_EQ(keyspace_->state.counters["n"], 2);
}

// Several transactions have one number, each with statements of its own.
TEST_F(SequencerTest, StatementsOfARetriedWriteHappenOnce) {
  const auto attempt = [&](std::uint64_t number, std::vector<DoneStatements> statements) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_retry({"session", number, std::move(statements)});
      const BytesView command[] = {"incr", "n"};
      tx.keyspace(0, command);
    });
  };
  const auto known = [&] {
    auto found = retried_session(*store_, clock_.wall_ns(), "session");
    EXPECT_TRUE(found && *found);
    return **found;
  };
  EXPECT_FALSE(retried_session(*store_, clock_.wall_ns(), "session")->has_value());
  // An earlier write with many statements leaves entries that say nothing of the next one.
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_FALSE(attempt(1, {{i, 1, "old"}}).duplicate);
  EXPECT_EQ(known().statements.size(), 6U);
  EXPECT_FALSE(attempt(2, {{0, 3, "a"}}).duplicate);
  EXPECT_FALSE(attempt(2, {{4, 1, "b"}, {6, 2, "c"}}).duplicate);
  EXPECT_TRUE(attempt(2, {{2, 1, ""}}).duplicate);
  EXPECT_TRUE(attempt(2, {{3, 2, ""}}).duplicate);
  EXPECT_TRUE(attempt(2, {{7, 1, ""}}).duplicate);
  EXPECT_EQ(code_of(attempt(1, {{9, 1, ""}})), Code::invalid_argument);
  EXPECT_EQ(keyspace_->state.counters["n"], 8);
  restart();
  EXPECT_TRUE(attempt(2, {{1, 1, ""}}).duplicate);
  EXPECT_FALSE(attempt(2, {{3, 1, "d"}}).duplicate);
  clock_.advance(Nanoseconds(kRetryPeriodNs));  // they are of two periods from here on
  EXPECT_FALSE(attempt(2, {{5, 1, "e"}}).duplicate);
  EXPECT_TRUE(attempt(2, {{0, 1, ""}}).duplicate);
  const RetriedSession session = known();
  EXPECT_EQ(session.number, 2U);
  std::string outcomes;
  for (const DoneStatements& done : session.statements) outcomes += done.outcome;
  EXPECT_EQ(outcomes, "adbec");
  clock_.advance(Nanoseconds(3 * kRetryPeriodNs));
  EXPECT_FALSE(retried_session(*store_, clock_.wall_ns(), "session")->has_value());
  // The next record brings the log's time forward, and takes away what is too old.
  EXPECT_TRUE(commit([](TransactionBuilder& tx) {
                tx.set_retry({"other", 1, {}});
                tx.cursor("c", "");
              }).status);
  EXPECT_FALSE(attempt(2, {{0, 1, "late"}}).duplicate);
  const auto cursor = store_->cursor(kv::Family::meta, {.lower = "retried/", .upper = "retried0"});
  std::size_t stored = 0;
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) ++stored;
  EXPECT_EQ(stored, 1U);
}

TEST_F(SequencerTest, RetriesAreForgottenInTime) {
  const auto attempt = [&](BytesView session) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_retry({Bytes(session), 1, {}});
      tx.cursor("c", "");
    });
  };
  const auto stored = [&] {
    std::size_t count = 0;
    const auto cursor = store_->cursor(kv::Family::meta, {.lower = "retry/", .upper = "retry0"});
    for (cursor->seek_to_first(); cursor->valid(); cursor->next()) ++count;
    return count;
  };
  clock_.advance(Nanoseconds(10 * kRetryPeriodNs));
  EXPECT_FALSE(attempt("a").duplicate);
  clock_.advance(Nanoseconds(kRetryPeriodNs - 1));
  EXPECT_TRUE(attempt("a").duplicate) << "known for a period at least";
  EXPECT_FALSE(attempt("b").duplicate);
  EXPECT_EQ(stored(), 2U);
  clock_.advance(Nanoseconds(3 * kRetryPeriodNs));
  EXPECT_FALSE(attempt("c").duplicate);
  EXPECT_EQ(stored(), 1U) << "and gone when the next comes later";
  EXPECT_FALSE(attempt("a").duplicate);
}

TEST_F(SequencerTest, WhatWasPreparedForRowsIsUsedWhenItFits) {
  PreparedEntry prepared;
  prepared.key = "ahead";
  const auto insert_prepared = [&](BytesView key) {
    const Transaction transaction =
        build([&](TransactionBuilder& tx) { tx.put(kTable, key, std::nullopt, "1"); });
    EXPECT_TRUE(sequencer_->commit(transaction, nullptr, &prepared).status);
  };
  Bytes value;
  insert_prepared("a");
  EXPECT_TRUE(*store_->get(kv::Family::index, "ahead", value, {}));
  EXPECT_FALSE(*store_->get(kv::Family::index, index_key("1", "a"), value, {}));
  prepared.fits = false;
  prepared.key = "another";
  insert_prepared("b");
  EXPECT_FALSE(*store_->get(kv::Family::index, "another", value, {}));
  EXPECT_TRUE(*store_->get(kv::Family::index, index_key("1", "b"), value, {}));
}

TEST_F(SequencerTest, RowsAreCounted) {
  const auto count = [&] { return *row_count(*store_, kTable); };
  EXPECT_EQ(count(), 0U);
  ASSERT_TRUE(insert("a", "1").status);
  ASSERT_TRUE(insert("b", "1").status);
  EXPECT_EQ(count(), 2U);
  ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                tx.put(kTable, "a", "1", "2");
                tx.erase(kTable, "b", "1");
                tx.put(kTable, "c", std::nullopt, "1");
                tx.put(TableId{77}, "c", std::nullopt, "1");
              }).status);
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(row_count(*store_, TableId{77}), 1U);
  const auto snapshot = store_->snapshot();
  store_->is_full = true;
  EXPECT_FALSE(insert("d", "1").status);
  store_->is_full = false;
  ASSERT_TRUE(insert("e", "1").status) << "what waited for room is applied before";
  EXPECT_EQ(count(), 4U);
  EXPECT_EQ(row_count(*store_, kTable, {.snapshot = snapshot.get()}), 2U);
  make_durable();
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(insert("f", "1").status);
  make_durable();
  restart();
  EXPECT_EQ(count(), 5U);
}

TEST_F(SequencerTest, RowsOfAnOlderVersionAreCountedWhenItStarts) {
  ASSERT_TRUE(insert("a", "1").status);
  ASSERT_TRUE(insert("b", "1").status);
  kv::WriteBatch batch;
  batch.erase(kv::Family::meta, kRowsCounted);
  batch.erase(kv::Family::meta, row_count_key(kTable));
  ASSERT_TRUE(store_->apply(batch, store_->applied()));
  make_durable();
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(insert("c", "1").status);
  make_durable();
  restart();
  EXPECT_EQ(row_count(*store_, kTable), 3U);
}

TEST_F(SequencerTest, SequencesCannotOverlap) {
  const Lsn snapshot = sequencer_->tip();
  const auto lease = [&](std::uint64_t next) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.sequence("ids", next);
    });
  };
  EXPECT_TRUE(lease(1000).status);
  EXPECT_EQ(code_of(lease(1000)), Code::conflict);
  Bytes value;
  ASSERT_TRUE(*store_->get(kv::Family::meta, sequence_key("ids"), value, {}));
  EXPECT_EQ(load_le<std::uint64_t>(value.data()), 1000u);
}

TEST_F(SequencerTest, KeyspaceCommandsOfOursRunFromTheLocalBatch) {
  const Lsn rows_before = store_->applied();
  LocalCommands local;
  const Verdict verdict = commit(
      [&](TransactionBuilder& tx) {
        const BytesView command[] = {"incr", "n"};
        tx.keyspace(0, command);
        tx.keyspace(0, command);
      },
      &local);
  ASSERT_TRUE(verdict.status);
  EXPECT_EQ(local.results, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(store_->applied(), rows_before);  // rows were not bothered
  EXPECT_EQ(sequencer_->snapshot().lsn, verdict.lsn);
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 2);
}

TEST_F(SequencerTest, KeyspaceAndRowsReplayWhatEachOfThemLacks) {
  const auto both = [&](BytesView key) {
    ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                  tx.set_snapshot(sequencer_->tip());
                  tx.put(kTable, key, std::nullopt, "v");
                  const BytesView command[] = {"incr", "n"};
                  tx.keyspace(0, command);
                }).status);
  };
  both("a");
  keyspace_snapshot_ = keyspace_->state;
  both("b");
  make_durable();
  ASSERT_TRUE(sequencer_->checkpoint());
  both("c");
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 3);
  EXPECT_EQ(read_rows(*store_).size(), 3u);
  make_durable();
  ASSERT_TRUE(sequencer_->checkpoint());
  both("d");
  keyspace_snapshot_ = keyspace_->state;
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 4);
  EXPECT_EQ(read_index(*store_), index_of(Rows{{"a", "v"}, {"b", "v"}, {"c", "v"}, {"d", "v"}}));
}

TEST_F(SequencerTest, CheckpointLetsTheLogGo) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                  const BytesView command[] = {"incr", "n"};
                  tx.keyspace(0, command);
                }).status);
  }
  make_durable();
  ASSERT_TRUE(sequencer_->checkpoint());
  EXPECT_EQ(sequencer_->rows_replay_from(), sequencer_->tip());
}

TEST_F(SequencerTest, OneRecordForAllWhoWait) {
  // Answers that submit again are the way to fill the queue while the role is held.
  struct Chain final : Submission {
    Chain(Sequencer& to, std::vector<Ticket>& all) : sequencer(to), tickets(all) {}
    void complete(Verdict verdict) override {
      EXPECT_TRUE(verdict.status);
      for (Ticket& ticket : tickets) sequencer.submit(ticket);
    }
    Sequencer& sequencer;
    std::vector<Ticket>& tickets;
  };
  std::vector<Transaction> transactions;
  const Lsn snapshot = sequencer_->tip();
  for (const BytesView key : {"a", "b", "a", "c"}) {
    transactions.push_back(build([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.put(kTable, key, std::nullopt, "v");
    }));
  }
  std::vector<Ticket> tickets(transactions.size());
  for (std::size_t i = 0; i < tickets.size(); ++i) tickets[i].transaction = &transactions[i];
  const Transaction opener = build([](TransactionBuilder& tx) { tx.cursor("c", "1"); });
  Chain chain(*sequencer_, tickets);
  chain.transaction = &opener;
  Recorder recorder;
  sequencer_->add_listener(recorder);
  sequencer_->submit(chain);
  for (const Ticket& ticket : tickets) ASSERT_TRUE(ticket.verdict);
  EXPECT_TRUE(tickets[0].verdict->status);
  EXPECT_TRUE(tickets[1].verdict->status);
  EXPECT_EQ(code_of(*tickets[2].verdict), Code::conflict);  // lost within the record
  EXPECT_TRUE(tickets[3].verdict->status);
  EXPECT_EQ(tickets[0].verdict->lsn, tickets[3].verdict->lsn);
  EXPECT_EQ(tickets[3].verdict->position, 2u);
  EXPECT_EQ(recorder.transactions, 4u);
  sequencer_->remove_listener(recorder);
}

TEST_F(SequencerTest, DdlIsPublishedAfterItIsApplied) {
  ASSERT_TRUE(commit([](TransactionBuilder& tx) { tx.ddl("create"); }).status);
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"create"});
  EXPECT_EQ(catalog_->last, sequencer_->tip());
  restart();
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"create"});
}

TEST_F(SequencerTest, FailedAppendChangesNothing) {
  sequencer_.reset();
  log_ = log::make_faulty_log(clock_, {.seed = 1, .append_error = 1, .delivery_delay = 0});
  disk_ = kv::make_memory_disk();
  open();
  const Verdict verdict = insert("a", "1");
  EXPECT_FALSE(verdict.status);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(sequencer_->stats().refused, 1u);
  EXPECT_EQ(sequencer_->stats().committed, 0u);
}

TEST_F(SequencerTest, FullDiskIsRefusedBeforeTheLog) {
  store_->says_full = true;
  EXPECT_EQ(code_of(insert("a", "1")), Code::resource_exhausted);
  const BytesView command[] = {"incr", "n"};
  EXPECT_TRUE(commit([&](TransactionBuilder& tx) { tx.keyspace(0, command); }).status);
  store_->says_full = false;
  EXPECT_TRUE(insert("a", "1").status);
}

// The disk fills up between the question and the write: the record is in the log already.
TEST_F(SequencerTest, WhatIsInTheLogIsAppliedWhenThereIsRoom) {
  Recorder recorder;
  sequencer_->add_listener(recorder);
  store_->is_full = true;
  EXPECT_EQ(code_of(insert("a", "1")), Code::indeterminate);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(code_of(insert("b", "1")), Code::resource_exhausted);
  const BytesView command[] = {"incr", "n"};
  const auto count = [&] {
    return commit([&](TransactionBuilder& tx) { tx.keyspace(0, command); });
  };
  EXPECT_EQ(code_of(count()), Code::resource_exhausted);
  store_->is_full = false;
  ASSERT_TRUE(insert("c", "1").status);
  EXPECT_EQ(read_rows(*store_), (Rows{{"a", "1"}, {"c", "1"}}));
  EXPECT_EQ(keyspace_->state.counters["n"], 0);
  EXPECT_TRUE(count().status);
  EXPECT_EQ(recorder.transactions, 3u);
  restart();
  EXPECT_EQ(read_rows(*store_), (Rows{{"a", "1"}, {"c", "1"}}));
}

TEST_F(SequencerTest, ADefinitionThatHasToWaitIsPreparedAnew) {
  store_->is_full = true;
  EXPECT_EQ(code_of(commit([](TransactionBuilder& tx) { tx.ddl("table"); })), Code::indeterminate);
  EXPECT_TRUE(catalog_->prepared.empty());
  EXPECT_TRUE(catalog_->published.empty());
  store_->is_full = false;
  ASSERT_TRUE(insert("a", "1").status);
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"table"});
}

TEST_F(SequencerTest, RowsAndLogMustBelongTogether) {
  ASSERT_TRUE(insert("a", "1").status);
  make_durable();
  ASSERT_TRUE(sequencer_->checkpoint());
  sequencer_.reset();
  // A log without the records that the rows contain.
  const auto other = log::make_faulty_log(clock_, {.seed = 2, .delivery_delay = 0});
  {
    const auto store = kv::open_memory_store(disk_);
    Sequencer sequencer(*other, *store, clock_, {});
    const Status status = sequencer.start();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::corrupt) << status.error().what;
  }
  log::ClusterId cluster;
  cluster.bytes[0] = 'x';
  const auto foreign =
      log::make_faulty_log(clock_, {.seed = 2, .cluster = cluster, .delivery_delay = 0});
  const auto store = kv::open_memory_store(disk_);
  Sequencer sequencer(*foreign, *store, clock_, {});
  const Status status = sequencer.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::corrupt) << status.error().what;
}

TEST_F(SequencerTest, StoppedSequencersRefuse) {
  sequencer_->stop();
  EXPECT_EQ(code_of(insert("a", "1")), Code::unavailable);
  sequencer_->stop();
}

TEST_F(SequencerTest, ExclusiveActionsSeeTheTip) {
  const Verdict verdict = insert("a", "1");
  Lsn seen;
  sequencer_->run_exclusive([&](Lsn tip) { seen = tip; });
  EXPECT_EQ(seen, verdict.lsn);
}

}  // namespace
}  // namespace octavo::txn
