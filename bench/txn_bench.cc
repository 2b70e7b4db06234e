// Commit path: certification alone, and everything between `submit` and the verdict over a log in
// memory (so that the figures are ours and not the disk's) with RocksDB under it.

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <latch>

#include "base/assert.h"
#include "base/random.h"
#include "log/fake_shared_log.h"
#include "log/memory_log.h"
#include "txn/certifier.h"
#include "txn/poller.h"
#include "txn/sequencer.h"

namespace octavo::txn {
namespace {

constexpr TableId kTable{1};

Bytes key_of(std::uint64_t number) {
  Bytes key;
  put_be(key, number * 0x9e3779b97f4a7c15);
  return key;
}

// Judging and stamping transactions of `range` keys each, in a full window.
void certify(benchmark::State& state) {
  const auto engine = kv::open_memory_store();
  Certifier certifier(*engine, std::size_t{1} << 19, Lsn::zero());
  Random random(1);
  TransactionView transaction;
  Footprint footprint;
  footprint.write_keys.resize(static_cast<std::size_t>(state.range(0)));
  std::uint64_t lsn = 1;
  for (auto _ : state) {
    for (KeyHash& key : footprint.write_keys) key = random();
    certifier.begin_record(0);
    transaction.snapshot = Lsn::of(0, LsnOrder{lsn});
    benchmark::DoNotOptimize(certifier.judge_writes(transaction, footprint));
    certifier.begin_stamps();
    certifier.stamp(transaction, footprint, Lsn::of(0, LsnOrder{++lsn}));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(certify)->Arg(1)->Arg(200);

class Store {
 public:
  explicit Store(Hooks hooks = {}) {
    char name[] = "/tmp/octavo_bench_XXXXXX";
    path_ = ::mkdtemp(name);
    kv::StoreOptions options;
    options.path = path_;
    options.memory_bytes = 256 * kMiB;
    auto engine = kv::Store::open(options);
    ASSERT(engine);
    engine_ = *std::move(engine);
    log_ = log::make_memory_log(system_clock());
    sequencer_ = std::make_unique<Sequencer>(*log_, *engine_, system_clock(), hooks);
    ASSERT(sequencer_->start());
  }
  ~Store() {
    sequencer_.reset();
    engine_.reset();
    std::filesystem::remove_all(path_);
  }
  Sequencer& sequencer() { return *sequencer_; }
  // A log in memory keeps everything it is not told to forget.
  void trim() { ASSERT(log_->trim(sequencer_->tip())); }

 private:
  std::string path_;
  std::unique_ptr<kv::Store> engine_;
  std::unique_ptr<log::CommitLog> log_;
  std::unique_ptr<Sequencer> sequencer_;
};

class Ticket final : public Submission {
 public:
  void complete(Verdict verdict) override { ASSERT(verdict.status); }
};

// One transaction inserting `range` documents of 300 bytes.
void commit_rows(benchmark::State& state) {
  Store store;
  const Bytes document(300, 'd');
  TransactionBuilder builder;
  Ticket ticket;
  std::uint64_t number = 0;
  for (auto _ : state) {
    builder.clear();
    builder.set_snapshot(store.sequencer().read_point());
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      builder.put(kTable, key_of(++number), std::nullopt, document);
    }
    ticket.transaction = *builder.finish();
    store.sequencer().submit(ticket);
    if (number % 4096 == 0) store.trim();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_rows)->Arg(1)->Arg(16)->Arg(256);

class NullKeyspace final : public KeyspaceHook {
 public:
  Lsn applied() const override { return {}; }
  Status apply(const KeyspaceRecord& record) override {
    commands += record.transactions.size();
    return {};
  }
  std::uint64_t commands = 0;
};

// The price of the commit path for one small keyspace command, and per command for sixteen.
void commit_keyspace(benchmark::State& state) {
  NullKeyspace keyspace;
  Store store({nullptr, nullptr, &keyspace});
  const BytesView command[] = {"set", "key:000000000123", "xxx"};
  TransactionBuilder builder;
  Ticket ticket;
  std::uint64_t number = 0;
  for (auto _ : state) {
    builder.clear();
    for (std::int64_t i = 0; i < state.range(0); ++i) builder.keyspace(0, command);
    ticket.transaction = *builder.finish();
    store.sequencer().submit(ticket);
    if (++number % 65536 == 0) store.trim();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_keyspace)->Arg(1)->Arg(16);

// Commits a second over a log that delivers `range` milliseconds later, with 256 transactions under
// way: each, when answered, is submitted again.
class Again final : public Submission {
 public:
  Again(Sequencer& sequencer, std::uint64_t number, std::atomic<std::int64_t>& left,
        std::latch& done)
      : sequencer_(sequencer), number_(number), left_(left), done_(done) {}
  void next() {
    if (left_.fetch_sub(1) <= 0) return done_.count_down();
    builder_.clear();
    builder_.set_snapshot(sequencer_.read_point());
    builder_.put(kTable, key_of(number_), std::nullopt, BytesView(kDocument, sizeof kDocument));
    transaction = *builder_.finish();
    sequencer_.submit(*this);
  }
  void complete(Verdict verdict) override {
    ASSERT(verdict.status);
    next();
  }

 private:
  static constexpr char kDocument[300] = {};
  Sequencer& sequencer_;
  const std::uint64_t number_;
  std::atomic<std::int64_t>& left_;
  std::latch& done_;
  TransactionBuilder builder_;
};

void commit_shared(benchmark::State& state) {
  constexpr std::int64_t kCommits = 20'000;
  constexpr std::uint64_t kSubmitters = 256;
  const auto rows = kv::open_memory_store();
  const auto broker = log::make_broker(log::make_memory_log(system_clock()),
                                       std::chrono::milliseconds(state.range(0)));
  const auto log = broker->node(0);
  auto poller = std::make_unique<Poller>();
  SequencerOptions options;
  options.authority = Authority::shared;
  options.on_ready = [&] { poller->wake(); };
  Sequencer sequencer(*log, *rows, system_clock(), {}, std::move(options));
  poller->start(sequencer);
  ASSERT(sequencer.start());
  for (auto _ : state) {
    std::atomic<std::int64_t> left = kCommits;
    std::latch done(kSubmitters);
    std::deque<Again> submitters;
    for (std::uint64_t i = 0; i < kSubmitters; ++i) {
      submitters.emplace_back(sequencer, i, left, done).next();
    }
    done.wait();
  }
  state.SetItemsProcessed(state.iterations() * kCommits);
  sequencer.stop();
  log->stop();
  poller.reset();
}
BENCHMARK(commit_shared)->Arg(1)->Arg(5)->UseRealTime()->Unit(benchmark::kMillisecond);

void take_snapshot(benchmark::State& state) {
  Store store;
  for (auto _ : state) benchmark::DoNotOptimize(store.sequencer().snapshot());
}
BENCHMARK(take_snapshot);

}  // namespace
}  // namespace octavo::txn

BENCHMARK_MAIN();
