// What statements on rows cost in the engine: by themselves, and within a transaction. Nobody waits
// for the disk here.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/assert.h"
#include "catalog/edit.h"
#include "engine/engine.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using value::Value;

constexpr std::int64_t kRows = 10'000;

class Table {
 public:
  Table() {
    char name[] = "/tmp/octavo-engine-bench-XXXXXX";
    ASSERT(mkdtemp(name) != nullptr);
    Options options;
    options.directory = directory_ = name;
    auto opened = Engine::open(std::move(options));
    ASSERT(opened);
    engine_ = *std::move(opened);
    ASSERT(engine_->define(catalog::kAdminName, [](const catalog::CatalogState& state) {
      catalog::NewTable table;
      table.database = state.find_database("test")->id;
      table.name = "t";
      return catalog::create_table(state, table);
    }));
    const auto state = engine_->catalog();
    table_ = state->find_table(state->find_database("test")->id, "t")->id;
    for (std::int64_t id = 0; id < kRows; ++id) put(id);
  }
  ~Table() {
    ASSERT(engine_->close());
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  void put(std::int64_t id) {
    exec::RowWrites writes;
    writes.table = table_;
    writes.keys.push_back(Value::int64(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      return RowEdit{RowEdit::Action::put,
                     Value::object({{"id", Value::int64(id)},
                                    {"a", Value::int64(++times_)},
                                    {"b", Value::string(std::string(200, 'x'))}})};
    };
    ASSERT(engine_->write(writes, context));
  }
  void get(std::int64_t id) {
    const auto row = engine_->get(table_, Value::int64(id), context);
    ASSERT(row && *row);
  }
  void scan(std::int64_t from, std::int64_t count) {
    algebra::Scan scan{.table = table_, .index = {}, .order = {}};
    scan.keys = algebra::KeyRange{.lower = {Value::int64(from), true},
                                  .upper = {Value::int64(from + count), false}};
    const auto query = engine_->query(algebra::make_plan(std::move(scan)), context);
    ASSERT(query);
    for (exec::Rows rows;; rows.clear()) {
      ASSERT((*query)->next(1000, rows));
      if (rows.empty()) return;
    }
  }
  Engine& engine() { return *engine_; }

  exec::QueryContext context{catalog::kAdminName};

 private:
  std::string directory_;
  std::unique_ptr<Engine> engine_;
  TableId table_{};
  std::int64_t times_ = 0;
};

void get(benchmark::State& state) {
  Table table;
  std::int64_t id = 0;
  for (auto _ : state) table.get(id = (id + 7) % kRows);
}
BENCHMARK(get);

void scan_100(benchmark::State& state) {
  Table table;
  std::int64_t id = 0;
  for (auto _ : state) table.scan(id = (id + 700) % (kRows - 100), 100);
}
BENCHMARK(scan_100);

void insert(benchmark::State& state) {
  Table table;
  std::int64_t id = kRows;
  for (auto _ : state) table.put(++id);
}
BENCHMARK(insert);

void update(benchmark::State& state) {
  Table table;
  std::int64_t id = 0;
  for (auto _ : state) table.put(id = (id + 7) % kRows);
}
BENCHMARK(update);

#ifndef OCTAVO_BENCH_WITHOUT_TRANSACTIONS
// So many updates, and their commit.
void updates_in_transaction(benchmark::State& state) {
  Table table;
  std::int64_t id = 0;
  for (auto _ : state) {
    const auto transaction = table.engine().begin({});
    table.context.transaction = transaction.get();
    for (std::int64_t i = 0; i < state.range(0); ++i) table.put(id = (id + 7) % kRows);
    ASSERT(transaction->commit(table.context));
    table.context.transaction = nullptr;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(updates_in_transaction)->Arg(1)->Arg(10)->Arg(1000);

// Beside so many rows that the transaction has written.
void reads_in_transaction(benchmark::State& state, void (*read)(Table&, std::int64_t)) {
  Table table;
  const auto transaction = table.engine().begin({});
  table.context.transaction = transaction.get();
  for (std::int64_t i = 0; i < state.range(0); ++i) table.put(i * 7 % kRows);
  std::int64_t id = 0;
  for (auto _ : state) read(table, id = (id + 7) % (kRows - 100));
  table.context.transaction = nullptr;
}
BENCHMARK_CAPTURE(reads_in_transaction, get, [](Table& table, std::int64_t id) { table.get(id); })
    ->Arg(0)
    ->Arg(1000);
BENCHMARK_CAPTURE(reads_in_transaction, scan_100,
                  [](Table& table, std::int64_t id) { table.scan(id, 100); })
    ->Arg(0)
    ->Arg(1000);
#endif

}  // namespace
}  // namespace octavo::engine

BENCHMARK_MAIN();
