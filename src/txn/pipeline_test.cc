#include "txn/pipeline.h"

#include <gtest/gtest.h>

#include "log/faulty_log.h"
#include "log/memory_log.h"
#include "txn/row_counts.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

// An engine whose disk can be full.
class FullableEngine final : public kv::Engine {
 public:
  explicit FullableEngine(std::unique_ptr<kv::Engine> engine) : engine_(std::move(engine)) {}
  bool says_full = false;  // `writable` refuses
  bool is_full = false;    // `apply` refuses

  Status apply(const kv::WriteBatch& batch, Lsn applied) override {
    if (is_full) return fail(Code::resource_exhausted, "disk full");
    return engine_->apply(batch, applied);
  }
  Status writable() override {
    return says_full ? Status(fail(Code::resource_exhausted, "disk full")) : Status{};
  }
  Lsn applied() const override { return engine_->applied(); }
  Lsn durable_applied() const override { return engine_->durable_applied(); }
  void set_flush_barrier(kv::FlushBarrier barrier) override {
    engine_->set_flush_barrier(std::move(barrier));
  }
  kv::SnapshotPointer snapshot() override { return engine_->snapshot(); }
  Result<bool> get(kv::Family family, BytesView key, Bytes& value,
                   const kv::ReadOptions& options) const override {
    return engine_->get(family, key, value, options);
  }
  Status multi_get(kv::Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values,
                   const kv::ReadOptions& options) const override {
    return engine_->multi_get(family, keys, values, options);
  }
  std::unique_ptr<kv::Cursor> cursor(kv::Family family, kv::CursorOptions options) const override {
    return engine_->cursor(family, std::move(options));
  }
  Status flush() override { return engine_->flush(); }
  Status compact(kv::Family family, BytesView begin, BytesView end) override {
    return engine_->compact(family, begin, end);
  }
  std::uint64_t approximate_bytes(kv::Family family, BytesView begin,
                                  BytesView end) const override {
    return engine_->approximate_bytes(family, begin, end);
  }
  kv::EngineStats stats() const override { return engine_->stats(); }

 private:
  std::unique_ptr<kv::Engine> engine_;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { open(); }

  void open(PipelineOptions options = {}) {
    pipeline_.reset();
    engine_ = std::make_unique<FullableEngine>(kv::open_memory_engine(disk_));
    keyspace_ = std::make_unique<TestKeyspace>();
    keyspace_->state = keyspace_snapshot_;
    catalog_ = std::make_unique<TestCatalog>();
    pipeline_ = std::make_unique<Pipeline>(*log_, *engine_, clock_,
                                           Hooks{&index_, catalog_.get(), keyspace_.get()},
                                           std::move(options));
    const Status started = pipeline_->start();
    ASSERT_TRUE(started) << started.error().what;
  }
  // As after `kill -9`: rows are as flushed, the log has everything.
  void restart() {
    log_->kill();
    open();
  }
  void make_durable() {
    while (!log_->is_durable(pipeline_->tip(), Durability::disk)) log_->pump();
  }

  Verdict commit(const std::function<void(TransactionBuilder&)>& fill,
                 LocalBatch* local = nullptr) {
    const Transaction transaction = build(fill);
    return pipeline_->commit(transaction, local);
  }
  Verdict insert(BytesView key, BytesView value) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(pipeline_->tip());
      tx.put(kTable, key, std::nullopt, value);
    });
  }
  std::optional<Bytes> row(BytesView key) { return read_row(*engine_, key); }

  ManualClock clock_;
  std::unique_ptr<log::FaultyLog> log_ =
      log::make_faulty_log(clock_, {.seed = 1, .delivery_delay = 0});
  std::shared_ptr<kv::MemoryDisk> disk_ = kv::make_memory_disk();
  std::unique_ptr<FullableEngine> engine_;
  TestIndex index_;
  std::unique_ptr<TestCatalog> catalog_;
  std::unique_ptr<TestKeyspace> keyspace_;
  TestKeyspace::State keyspace_snapshot_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, CommitsRowsAndIndexesTogether) {
  const Verdict verdict = insert("a", "1");
  ASSERT_TRUE(verdict.status);
  EXPECT_EQ(verdict.lsn, pipeline_->tip());
  EXPECT_EQ(row("a"), "1");
  EXPECT_EQ(read_index(*engine_), index_of(Rows{{"a", "1"}}));
  EXPECT_EQ(engine_->applied(), verdict.lsn);
  const ReadPoint point = pipeline_->snapshot();
  EXPECT_EQ(point.lsn, verdict.lsn);
  ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                tx.set_snapshot(point.lsn);
                tx.erase(kTable, "a", "1");
              }).status);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(read_row(*engine_, "a", point.snapshot.get()), "1");
  EXPECT_EQ(read_index(*engine_), index_of(Rows{}));
}

TEST_F(PipelineTest, FirstCommitterWins) {
  ASSERT_TRUE(insert("a", "0").status);
  const Lsn snapshot = pipeline_->tip();
  const auto update = [&](BytesView value) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.put(kTable, "a", "0", value);
    });
  };
  EXPECT_TRUE(update("1").status);
  EXPECT_EQ(code_of(update("2")), Code::conflict);
  EXPECT_EQ(row("a"), "1");
  EXPECT_EQ(pipeline_->stats().conflicts, 1u);
}

TEST_F(PipelineTest, ReadKeysMakeItSerializable) {
  ASSERT_TRUE(insert("a", "0").status);
  const Lsn snapshot = pipeline_->tip();
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

TEST_F(PipelineTest, SnapshotsOlderThanTheWindowLose) {
  pipeline_->stop();
  log_->kill();
  open({.window_keys = 4});
  const Lsn old = pipeline_->tip();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(insert(std::to_string(i), "x").status);
  const Verdict verdict = commit([&](TransactionBuilder& tx) {
    tx.set_snapshot(old);
    tx.put(kTable, "never written", std::nullopt, "1");
  });
  EXPECT_EQ(code_of(verdict), Code::conflict);
}

TEST_F(PipelineTest, GuardsLookAtTheTip) {
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
  EXPECT_EQ(code_of(guarded([&](auto& tx) { tx.guard_version(kTable, "a", Lsn{0, 0, 1}); })),
            Code::conflict);
}

TEST_F(PipelineTest, RetriedWritesHappenOnce) {
  const auto attempt = [&](std::uint64_t number) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_retry("session", number);
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

TEST_F(PipelineTest, RetriesAreForgottenInTime) {
  const auto attempt = [&](BytesView session) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_retry(session, 1);
      tx.cursor("c", "");
    });
  };
  const auto stored = [&] {
    std::size_t count = 0;
    const auto cursor = engine_->cursor(kv::Family::meta, {.lower = "retry/", .upper = "retry0"});
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

TEST_F(PipelineTest, WhatWasPreparedForRowsIsUsedWhenItFits) {
  PreparedEntry prepared;
  prepared.key = "ahead";
  const auto insert_prepared = [&](BytesView key) {
    const Transaction transaction =
        build([&](TransactionBuilder& tx) { tx.put(kTable, key, std::nullopt, "1"); });
    EXPECT_TRUE(pipeline_->commit(transaction, nullptr, &prepared).status);
  };
  Bytes value;
  insert_prepared("a");
  EXPECT_TRUE(*engine_->get(kv::Family::index, "ahead", value, {}));
  EXPECT_FALSE(*engine_->get(kv::Family::index, index_key("1", "a"), value, {}));
  prepared.fits = false;
  prepared.key = "another";
  insert_prepared("b");
  EXPECT_FALSE(*engine_->get(kv::Family::index, "another", value, {}));
  EXPECT_TRUE(*engine_->get(kv::Family::index, index_key("1", "b"), value, {}));
}

TEST_F(PipelineTest, RowsAreCounted) {
  const auto count = [&] { return *row_count(*engine_, kTable); };
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
  EXPECT_EQ(row_count(*engine_, TableId{77}), 1U);
  const auto snapshot = engine_->snapshot();
  engine_->is_full = true;
  EXPECT_FALSE(insert("d", "1").status);
  engine_->is_full = false;
  ASSERT_TRUE(insert("e", "1").status) << "what waited for room is applied before";
  EXPECT_EQ(count(), 4U);
  EXPECT_EQ(row_count(*engine_, kTable, {.snapshot = snapshot.get()}), 2U);
  make_durable();
  ASSERT_TRUE(engine_->flush());
  ASSERT_TRUE(insert("f", "1").status);
  make_durable();
  restart();
  EXPECT_EQ(count(), 5U);
}

TEST_F(PipelineTest, RowsOfAnOlderVersionAreCountedWhenItStarts) {
  ASSERT_TRUE(insert("a", "1").status);
  ASSERT_TRUE(insert("b", "1").status);
  kv::WriteBatch batch;
  batch.erase(kv::Family::meta, kRowsCounted);
  batch.erase(kv::Family::meta, row_count_key(kTable));
  ASSERT_TRUE(engine_->apply(batch, engine_->applied()));
  make_durable();
  ASSERT_TRUE(engine_->flush());
  ASSERT_TRUE(insert("c", "1").status);
  make_durable();
  restart();
  EXPECT_EQ(row_count(*engine_, kTable), 3U);
}

TEST_F(PipelineTest, SequencesCannotOverlap) {
  const Lsn snapshot = pipeline_->tip();
  const auto lease = [&](std::uint64_t next) {
    return commit([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.sequence("ids", next);
    });
  };
  EXPECT_TRUE(lease(1000).status);
  EXPECT_EQ(code_of(lease(1000)), Code::conflict);
  Bytes value;
  ASSERT_TRUE(*engine_->get(kv::Family::meta, sequence_key("ids"), value, {}));
  EXPECT_EQ(load_le<std::uint64_t>(value.data()), 1000u);
}

TEST_F(PipelineTest, KeyspaceCommandsOfOursRunFromTheLocalBatch) {
  const Lsn rows_before = engine_->applied();
  LocalBatch local;
  const Verdict verdict = commit(
      [&](TransactionBuilder& tx) {
        const BytesView command[] = {"incr", "n"};
        tx.keyspace(0, command);
        tx.keyspace(0, command);
      },
      &local);
  ASSERT_TRUE(verdict.status);
  EXPECT_EQ(local.results, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(engine_->applied(), rows_before);  // rows were not bothered
  EXPECT_EQ(pipeline_->snapshot().lsn, verdict.lsn);
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 2);
}

TEST_F(PipelineTest, KeyspaceAndRowsReplayWhatEachOfThemLacks) {
  const auto both = [&](BytesView key) {
    ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                  tx.set_snapshot(pipeline_->tip());
                  tx.put(kTable, key, std::nullopt, "v");
                  const BytesView command[] = {"incr", "n"};
                  tx.keyspace(0, command);
                }).status);
  };
  both("a");
  keyspace_snapshot_ = keyspace_->state;
  both("b");
  make_durable();
  ASSERT_TRUE(pipeline_->checkpoint());
  both("c");
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 3);
  EXPECT_EQ(read_rows(*engine_).size(), 3u);
  make_durable();
  ASSERT_TRUE(pipeline_->checkpoint());
  both("d");
  keyspace_snapshot_ = keyspace_->state;
  restart();
  EXPECT_EQ(keyspace_->state.counters["n"], 4);
  EXPECT_EQ(read_index(*engine_), index_of(Rows{{"a", "v"}, {"b", "v"}, {"c", "v"}, {"d", "v"}}));
}

TEST_F(PipelineTest, CheckpointLetsTheLogGo) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(commit([&](TransactionBuilder& tx) {
                  const BytesView command[] = {"incr", "n"};
                  tx.keyspace(0, command);
                }).status);
  }
  make_durable();
  ASSERT_TRUE(pipeline_->checkpoint());
  EXPECT_EQ(pipeline_->rows_replay_from(), pipeline_->tip());
}

TEST_F(PipelineTest, OneRecordForAllWhoWait) {
  // Answers that submit again are the way to fill the queue while the role is held.
  struct Chain final : Submission {
    explicit Chain(Pipeline& pipeline, std::vector<Ticket>& tickets)
        : pipeline_(pipeline), tickets_(tickets) {}
    void complete(Verdict verdict) override {
      EXPECT_TRUE(verdict.status);
      for (Ticket& ticket : tickets_) pipeline_.submit(ticket);
    }
    Pipeline& pipeline_;
    std::vector<Ticket>& tickets_;
  };
  std::vector<Transaction> transactions;
  const Lsn snapshot = pipeline_->tip();
  for (const BytesView key : {"a", "b", "a", "c"}) {
    transactions.push_back(build([&](TransactionBuilder& tx) {
      tx.set_snapshot(snapshot);
      tx.put(kTable, key, std::nullopt, "v");
    }));
  }
  std::vector<Ticket> tickets(transactions.size());
  for (std::size_t i = 0; i < tickets.size(); ++i) tickets[i].transaction = &transactions[i];
  const Transaction opener = build([](TransactionBuilder& tx) { tx.cursor("c", "1"); });
  Chain chain(*pipeline_, tickets);
  chain.transaction = &opener;
  Recorder recorder;
  pipeline_->add_listener(recorder);
  pipeline_->submit(chain);
  for (const Ticket& ticket : tickets) ASSERT_TRUE(ticket.verdict);
  EXPECT_TRUE(tickets[0].verdict->status);
  EXPECT_TRUE(tickets[1].verdict->status);
  EXPECT_EQ(code_of(*tickets[2].verdict), Code::conflict);  // lost within the record
  EXPECT_TRUE(tickets[3].verdict->status);
  EXPECT_EQ(tickets[0].verdict->lsn, tickets[3].verdict->lsn);
  EXPECT_EQ(tickets[3].verdict->position, 2u);
  EXPECT_EQ(recorder.transactions, 4u);
  pipeline_->remove_listener(recorder);
}

TEST_F(PipelineTest, DdlIsPublishedAfterItIsApplied) {
  ASSERT_TRUE(commit([](TransactionBuilder& tx) { tx.ddl("create"); }).status);
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"create"});
  EXPECT_EQ(catalog_->last, pipeline_->tip());
  restart();
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"create"});
}

TEST_F(PipelineTest, FailedAppendChangesNothing) {
  pipeline_.reset();
  log_ = log::make_faulty_log(clock_, {.seed = 1, .append_error = 1, .delivery_delay = 0});
  disk_ = kv::make_memory_disk();
  open();
  const Verdict verdict = insert("a", "1");
  EXPECT_FALSE(verdict.status);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(pipeline_->stats().refused, 1u);
  EXPECT_EQ(pipeline_->stats().committed, 0u);
}

TEST_F(PipelineTest, FullDiskIsRefusedBeforeTheLog) {
  engine_->says_full = true;
  EXPECT_EQ(code_of(insert("a", "1")), Code::resource_exhausted);
  const BytesView command[] = {"incr", "n"};
  EXPECT_TRUE(commit([&](TransactionBuilder& tx) { tx.keyspace(0, command); }).status);
  engine_->says_full = false;
  EXPECT_TRUE(insert("a", "1").status);
}

// The disk fills up between the question and the write: the record is in the log already.
TEST_F(PipelineTest, WhatIsInTheLogIsAppliedWhenThereIsRoom) {
  Recorder recorder;
  pipeline_->add_listener(recorder);
  engine_->is_full = true;
  EXPECT_EQ(code_of(insert("a", "1")), Code::indeterminate);
  EXPECT_EQ(row("a"), std::nullopt);
  EXPECT_EQ(code_of(insert("b", "1")), Code::resource_exhausted);
  const BytesView command[] = {"incr", "n"};
  const auto count = [&] {
    return commit([&](TransactionBuilder& tx) { tx.keyspace(0, command); });
  };
  EXPECT_EQ(code_of(count()), Code::resource_exhausted);
  engine_->is_full = false;
  ASSERT_TRUE(insert("c", "1").status);
  EXPECT_EQ(read_rows(*engine_), (Rows{{"a", "1"}, {"c", "1"}}));
  EXPECT_EQ(keyspace_->state.counters["n"], 0);
  EXPECT_TRUE(count().status);
  EXPECT_EQ(recorder.transactions, 3u);
  restart();
  EXPECT_EQ(read_rows(*engine_), (Rows{{"a", "1"}, {"c", "1"}}));
}

TEST_F(PipelineTest, ADefinitionThatHasToWaitIsPreparedAnew) {
  engine_->is_full = true;
  EXPECT_EQ(code_of(commit([](TransactionBuilder& tx) { tx.ddl("table"); })), Code::indeterminate);
  EXPECT_TRUE(catalog_->prepared.empty());
  EXPECT_TRUE(catalog_->published.empty());
  engine_->is_full = false;
  ASSERT_TRUE(insert("a", "1").status);
  EXPECT_EQ(catalog_->published, std::vector<Bytes>{"table"});
}

TEST_F(PipelineTest, RowsAndLogMustBelongTogether) {
  ASSERT_TRUE(insert("a", "1").status);
  make_durable();
  ASSERT_TRUE(pipeline_->checkpoint());
  pipeline_.reset();
  // A log without the records that the rows contain.
  const auto other = log::make_faulty_log(clock_, {.seed = 2, .delivery_delay = 0});
  {
    const auto engine = kv::open_memory_engine(disk_);
    Pipeline pipeline(*other, *engine, clock_, {});
    const Status status = pipeline.start();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::corrupt) << status.error().what;
  }
  log::ClusterId cluster;
  cluster.bytes[0] = 'x';
  const auto foreign =
      log::make_faulty_log(clock_, {.seed = 2, .cluster = cluster, .delivery_delay = 0});
  const auto engine = kv::open_memory_engine(disk_);
  Pipeline pipeline(*foreign, *engine, clock_, {});
  const Status status = pipeline.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::corrupt) << status.error().what;
}

TEST_F(PipelineTest, StoppedPipelinesRefuse) {
  pipeline_->stop();
  EXPECT_EQ(code_of(insert("a", "1")), Code::unavailable);
  pipeline_->stop();
}

TEST_F(PipelineTest, ExclusiveActionsSeeTheTip) {
  const Verdict verdict = insert("a", "1");
  Lsn seen;
  pipeline_->run_exclusive([&](Lsn tip) { seen = tip; });
  EXPECT_EQ(seen, verdict.lsn);
}

}  // namespace
}  // namespace octavo::txn
