// Commit path: certification alone, and everything between `submit` and the verdict over a log in
// memory (so that the figures are ours and not the disk's) with RocksDB under it.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "base/assert.h"
#include "base/random.h"
#include "log/memory_log.h"
#include "txn/certifier.h"
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
  Footprint footprint;
  footprint.write_keys.resize(static_cast<std::size_t>(state.range(0)));
  std::uint64_t lsn = 1;
  for (auto _ : state) {
    for (KeyHash& key : footprint.write_keys) key = random();
    certifier.begin_record(0);
    benchmark::DoNotOptimize(certifier.judge_writes(Lsn{0, 0, lsn}, footprint));
    certifier.begin_stamps();
    certifier.stamp(footprint, Lsn{0, 0, ++lsn});
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

void take_snapshot(benchmark::State& state) {
  Store store;
  for (auto _ : state) benchmark::DoNotOptimize(store.sequencer().snapshot());
}
BENCHMARK(take_snapshot);

}  // namespace
}  // namespace octavo::txn

BENCHMARK_MAIN();
