// Random plans over stored tables: the operators against the oracle, in batches of several sizes.
// And over tables of which a transaction has written a part and not committed it.
//
//   OCTAVO_PLAN_ROUNDS=100000    plans to try; a fixed number of some seconds without it
//   OCTAVO_PLAN_SEED=17          the first of them
//
// What fails is printed as the smallest plan and tables that fail likewise, with the seed.

#include <gtest/gtest.h>

#include <cstdlib>

#include "exec/operators.h"
#include "exec/testing/disk_space.h"
#include "exec/testing/helping_threads.h"
#include "exec/testing/random_plan.h"
#include "exec/testing/random_tables.h"
#include "exec/testing/rows.h"
#include "exec/testing/shrink.h"
#include "index/test_support.h"
#include "layout/row/source.h"
#include "layout/row/transaction.h"

namespace octavo::layout {
namespace {

using exec::testing_support::Case;
using exec::testing_support::Expectation;
using exec::testing_support::Held;
using exec::testing_support::Table;
using exec::testing_support::TableIndex;
using exec::testing_support::Tables;
using index::testing_support::TestStore;
using value::Value;

constexpr std::uint64_t kRounds = 1000;
constexpr std::uint64_t kPlansOfTables = 25;  // tables are made for so many plans
constexpr PartedOptions kTinyParts{.first_rows = 1,
                                   .part_bytes = 60,
                                   .part_ns = 1,
                                   .keys = 2,
                                   .ranges = 2,
                                   .chunk_rows = 3,
                                   .most_chunks = 2,
                                   .most_bytes = kMiB};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Tables in a store in memory. The ids are the same each time for tables and indexes of the same
// number, so that a plan stays what it is when rows are left out.
enum class Where : std::uint8_t {
  in_store,
  partly_over_it,  // in the changes of a transaction, beside a store that is otherwise
};
class StoredTables {
 public:
  StoredTables(Tables& tables, Where where) {
    for (Table& table : tables) {
      table.id = store_.add_table(table.name);
      for (TableIndex& index : table.indexes) {
        index.id = store_.add_index(table.id, index.name, index.function, index.multi);
      }
      store_.mark_ready(table.id);
      std::vector<RowWrite> writes;
      for (const Value& row : table.rows) writes.push_back({*row.find("id"), row});
      if (where == Where::partly_over_it) writes = without_own(writes);
      store_.write(table.id, writes);
    }
    snapshot_ = store_.sequencer().snapshot().snapshot;
    if (where == Where::partly_over_it) {
      for (const Table& table : tables) write_own(table);
    }
  }

  Result<exec::Rows> run(const algebra::PlanPtr& plan, std::size_t batch, value::Account* account,
                         exec::SpillSpace* spill, Pacer* helpers) {
    exec::QueryContext query;
    query.evaluation.account = account;
    query.evaluation.pacer = helpers;
    query.spill = spill;
    const value::Account::Use use(account);
    const RowSource source(index::TableReader(own_.view(store_.engine(), snapshot_)),
                           store_.definitions(), store_.sets(), nullptr, kTinyParts);
    TRY(const auto root, exec::build(plan, exec::OperatorContext{source, query}));
    exec::Rows rows;
    for (std::size_t before = 0;; before = rows.size()) {
      TRY_STATUS(root->next(batch, rows));
      if (rows.size() == before) return rows;
      if (rows.size() - before > batch) return fail(Code::internal, "The batch is too large.");
    }
  }

 private:
  using RowWrite = index::testing_support::RowWrite;

  // Of four rows one is in the store only. The others are the transaction's: one is otherwise in
  // the store, one is not there, and one is to be there again.
  static bool is_own(std::size_t i) { return i % 4 != 0; }
  static Value with_id(const Value& row, const Value& id) {
    value::ObjectBuilder out;
    for (const value::Field& field : row.as_object()) {
      out.set(field.name, field.name == "id" ? id : field.value);
    }
    return std::move(out).build();
  }
  static Value otherwise(const Value& row, const Value& other) {
    return with_id(other, *row.find("id"));
  }
  static Value gone(std::size_t i) {
    return Value::array({Value::string("gone"), Value::int64(static_cast<std::int64_t>(i))});
  }
  static std::vector<RowWrite> without_own(const std::vector<RowWrite>& rows) {
    std::vector<RowWrite> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % 4 != 2) out.push_back(rows[i]);
      if (i % 4 == 1) out.back().row = otherwise(*rows[i].row, *rows[0].row);
      out.push_back({gone(i), with_id(*rows[i].row, gone(i))});
    }
    return out;
  }

  // Others have changed the rows since the snapshot, before the transaction locked them.
  void write_own(const Table& table) {
    const auto indexes = store_.indexes(table.id);
    std::vector<RowWrite> others;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      if (!is_own(i)) continue;
      const Value& row = table.rows[i];
      others.push_back({*row.find("id"), otherwise(row, table.rows[(i + 1) % table.rows.size()])});
    }
    store_.write(table.id, others);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      write_row(table.id, *indexes, gone(i), std::nullopt);
      if (!is_own(i)) continue;
      const Value& row = table.rows[i];
      if (i % 4 == 3) write_row(table.id, *indexes, *row.find("id"), std::nullopt);
      if (i % 2 == 0) write_row(table.id, *indexes, *row.find("id"), otherwise(row, table.rows[0]));
      write_row(table.id, *indexes, *row.find("id"), row);
    }
  }
  void write_row(TableId table, const index::IndexSet& indexes, const Value& id,
                 const std::optional<Value>& row) {
    const Bytes key = value::encoded_key(id);
    const index::TableReader reader(own_.view(store_.engine(), nullptr));
    const auto stored = reader.stored(table, std::span(&key, 1), kv::ReadTier::any);
    ASSERT(stored);
    Bytes document;
    if (row) ASSERT(value::encode_document(*row, document));
    RowTransaction::Row write{key, std::nullopt, store_.sequencer().read_point(), std::nullopt};
    if (stored->front()) write.stored = stored->front()->document;
    if (row) write.after = document;
    exec::QueryContext query;
    ASSERT(own_.write(table, &indexes, write, query));
  }

  TestStore store_;
  kv::SnapshotPointer snapshot_;
  txn::LockTable locks_;
  MemoryPool pool_{"memory", 64 * kMiB};
  RowTransaction own_{locks_, pool_, 64 * kMiB};
};

struct Counts {
  std::uint64_t judged = 0;
  std::uint64_t failing = 0;  // plans that end with an error, as they must
};

class RandomPlans : public testing::Test {
 protected:
  // `judged`: of ten plans so many at least.
  void try_plans(std::uint64_t judged = 9);

  // What is wrong with the answers to a case; empty: nothing.
  std::string difference(const Case& given, StoredTables& stored) {
    const auto expectation =
        Expectation::of(given, spill_ == nullptr ? Held::in_memory : Held::on_disk);
    if (!expectation) return {};
    ++counts_.judged;
    if (expectation->is_error()) ++counts_.failing;
    // With an account rows are passed on in batches of some bytes.
    for (value::Account* const account : {static_cast<value::Account*>(nullptr), &account_}) {
      for (const std::size_t batch : kBatches) {
        const auto got = stored.run(given.plan, batch, account, spill_, helpers_);
        if (fails_otherwise(got, *expectation, given.plan)) continue;
        const std::string wrong = expectation->difference(got);
        if (!wrong.empty()) return "in batches of " + std::to_string(batch) + ", " + wrong;
      }
    }
    return {};
  }
  std::string difference(Case given) {
    StoredTables stored(given.tables, where_);
    return difference(given, stored);
  }

  // An error of a row that a limit keeps away otherwise, or the other way round.
  bool fails_otherwise(const Result<exec::Rows>& got, const Expectation& expectation,
                       const algebra::PlanPtr& plan) const {
    if (spill_ == nullptr || !exec::testing_support::may_read_otherwise(plan)) return false;
    if (got) return expectation.is_error();
    const Code code = got.error().code;
    return code != Code::resource_exhausted && code != Code::corrupt && code != Code::internal;
  }

  static constexpr std::size_t kBatches[] = {1, 3, 5000};

  exec::SpillSpace* spill_ = nullptr;
  Pacer* helpers_ = nullptr;

  Where where_ = Where::in_store;
  MemoryPool pool_{"memory", 256 * kMiB};
  value::Account account_{pool_, 256 * kMiB};
  Counts counts_;
};

void RandomPlans::try_plans(std::uint64_t judged) {
  const std::uint64_t first = number_from_environment("OCTAVO_PLAN_SEED", 0);
  const std::uint64_t rounds = number_from_environment("OCTAVO_PLAN_ROUNDS", kRounds);
  std::unique_ptr<StoredTables> stored;
  Tables tables;
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    if (stored == nullptr || seed % kPlansOfTables == 0) {
      Random of_tables(seed / kPlansOfTables);
      tables = exec::testing_support::random_tables(of_tables);
      stored = std::make_unique<StoredTables>(tables, where_);
    }
    Random random(~seed);
    const Case given{tables, exec::testing_support::random_plan(random, tables)};
    if (difference(given, *stored).empty()) continue;
    const Case small = exec::testing_support::shrink(
        given, [this](const Case& other) { return !difference(other).empty(); });
    FAIL() << "OCTAVO_PLAN_SEED=" << seed << " OCTAVO_PLAN_ROUNDS=1\n"
           << print(small) << difference(small);
  }
  // Plans that nothing can be said of, or that all fail, would prove nothing.
  EXPECT_GE(counts_.judged, rounds / 10 * judged);
  EXPECT_LE(counts_.failing, counts_.judged / 2 + 1);
  if (rounds >= kRounds) EXPECT_GE(counts_.failing, rounds / 20);
  RecordProperty("plans_with_errors", std::to_string(counts_.failing));
}

TEST_F(RandomPlans, GiveWhatTheOracleSays) { try_plans(); }

TEST_F(RandomPlans, SeeWhatATransactionHasWritten) {
  where_ = Where::partly_over_it;
  try_plans();
}

// Whatever is read to its end is read by several threads.
TEST_F(RandomPlans, GiveTheSameWithHelpers) {
  exec::testing_support::HelpingThreads threads(4);
  helpers_ = threads.pacer();
  try_plans();
}

// Each operator holds a few rows, and writes what is beyond to disk.
TEST_F(RandomPlans, GiveTheSameFromDisk) {
  exec::testing_support::DiskSpace disk(2000);
  spill_ = &disk.space();
  try_plans(7);
  EXPECT_GT(spill_->files_created(), 1000U);
  EXPECT_EQ(spill_->used_bytes(), 0U);
}

}  // namespace
}  // namespace octavo::layout
