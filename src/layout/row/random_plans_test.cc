// Random plans over stored tables: the operators against the oracle, in batches of several sizes.
//
//   OCTAVO_PLAN_ROUNDS=100000    plans to try; a fixed number of some seconds without it
//   OCTAVO_PLAN_SEED=17          the first of them
//
// What fails is printed as the smallest plan and tables that fail likewise, with the seed.

#include <gtest/gtest.h>

#include <cstdlib>

#include "exec/operators.h"
#include "exec/testing/random_plan.h"
#include "exec/testing/random_tables.h"
#include "exec/testing/rows.h"
#include "exec/testing/shrink.h"
#include "index/test_support.h"
#include "layout/row/source.h"

namespace octavo::layout {
namespace {

using exec::testing_support::Case;
using exec::testing_support::Expectation;
using exec::testing_support::Table;
using exec::testing_support::TableIndex;
using exec::testing_support::Tables;
using index::testing_support::TestStore;
using value::Value;

constexpr std::uint64_t kRounds = 1000;
constexpr std::uint64_t kPlansOfTables = 25;  // tables are made for so many plans

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Tables in a store in memory. The ids are the same each time for tables and indexes of the same
// number, so that a plan stays what it is when rows are left out.
class StoredTables {
 public:
  explicit StoredTables(Tables& tables) {
    for (Table& table : tables) {
      table.id = store_.add_table(table.name);
      for (TableIndex& index : table.indexes) {
        index.id = store_.add_index(table.id, index.name, index.function, index.multi);
      }
      store_.mark_ready(table.id);
      std::vector<index::testing_support::RowWrite> writes;
      for (const Value& row : table.rows) writes.push_back({*row.find("id"), row});
      store_.write(table.id, writes);
    }
  }

  Result<exec::Rows> run(const algebra::PlanPtr& plan, std::size_t batch, value::Account* account) {
    exec::QueryContext query;
    query.evaluation.account = account;
    const value::Account::Use use(account);
    const RowSource source(store_.reader(store_.sequencer().snapshot().snapshot),
                           store_.definitions(), store_.sets());
    TRY(const auto root, exec::build(plan, exec::OperatorContext{source, query}));
    exec::Rows rows;
    for (std::size_t before = 0;; before = rows.size()) {
      TRY_STATUS(root->next(batch, rows));
      if (rows.size() == before) return rows;
      if (rows.size() - before > batch) return fail(Code::internal, "The batch is too large.");
    }
  }

 private:
  TestStore store_;
};

struct Counts {
  std::uint64_t judged = 0;
  std::uint64_t failing = 0;  // plans that end with an error, as they must
};

class RandomPlans : public testing::Test {
 protected:
  // What is wrong with the answers to a case; empty: nothing.
  std::string difference(const Case& given, StoredTables& stored) {
    const auto expectation = Expectation::of(given);
    if (!expectation) return {};
    ++counts_.judged;
    if (expectation->is_error()) ++counts_.failing;
    // With an account rows are passed on in batches of some bytes.
    for (value::Account* const account : {static_cast<value::Account*>(nullptr), &account_}) {
      for (const std::size_t batch : kBatches) {
        const std::string wrong = expectation->difference(stored.run(given.plan, batch, account));
        if (!wrong.empty()) return "in batches of " + std::to_string(batch) + ", " + wrong;
      }
    }
    return {};
  }
  std::string difference(Case given) {
    StoredTables stored(given.tables);
    return difference(given, stored);
  }

  static constexpr std::size_t kBatches[] = {1, 3, 5000};

  MemoryPool pool_{"memory", 256 * kMiB};
  value::Account account_{pool_, 256 * kMiB};
  Counts counts_;
};

TEST_F(RandomPlans, GiveWhatTheOracleSays) {
  const std::uint64_t first = number_from_environment("OCTAVO_PLAN_SEED", 0);
  const std::uint64_t rounds = number_from_environment("OCTAVO_PLAN_ROUNDS", kRounds);
  std::unique_ptr<StoredTables> stored;
  Tables tables;
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    if (stored == nullptr || seed % kPlansOfTables == 0) {
      Random of_tables(seed / kPlansOfTables);
      tables = exec::testing_support::random_tables(of_tables);
      stored = std::make_unique<StoredTables>(tables);
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
  EXPECT_GE(counts_.judged, rounds - rounds / 10);
  EXPECT_LE(counts_.failing, counts_.judged / 2 + 1);
  if (rounds >= kRounds) EXPECT_GE(counts_.failing, rounds / 20);
  RecordProperty("plans_with_errors", std::to_string(counts_.failing));
}

}  // namespace
}  // namespace octavo::layout
