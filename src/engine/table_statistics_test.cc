// Statistics of tables through the engine: when they are made, and what a restart finds.

#include "engine/table_statistics.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using index::testing_support::number;
using value::Value;

class StatisticsOfTables : public OneTableOnDisk {
 protected:
  TableStatistics& statistics() { return statistics_of(*engine_); }
  statistics::TablePointer known() {
    return statistics().find(*engine_->catalog()->find_table(table_));
  }
  std::string file() const { return directory_ + "/statistics"; }

  // Rows from `first` on, of which `a` has ten values.
  void put(std::int64_t first, std::int64_t count) {
    exec::QueryContext context(catalog::kAdminName);
    exec::RowWrites writes;
    writes.table = table_;
    for (std::int64_t i = first; i < first + count; ++i) writes.keys.push_back(number(i));
    writes.decide = [&](std::size_t i, const Value*) -> Result<RowEdit> {
      const std::int64_t id = first + static_cast<std::int64_t>(i);
      return RowEdit{.action = RowEdit::Action::put,
                     .row = Value::object({{"id", number(id)}, {"a", Value::int64(id % 10)}})};
    };
    const auto done = engine_->write(writes, context);
    ASSERT_TRUE(done) << done.error().what;
  }
  Status make() {
    value::Account account(memory_->queries, memory_->shares.query);
    exec::QueryContext context(catalog::kAdminName);
    context.evaluation.account = &account;
    return statistics().make(*engine_->catalog()->find_table(table_), context);
  }
};

TEST_F(StatisticsOfTables, AreMadeWhenAskedFor) {
  put(0, 100);
  statistics().look();
  EXPECT_EQ(known(), nullptr);  // of so few rows nobody makes them unasked
  const std::uint64_t before = statistics().revision();
  ASSERT_TRUE(make());
  EXPECT_NE(statistics().revision(), before);
  ASSERT_NE(known(), nullptr);
  EXPECT_EQ(known()->rows, 100U);
  EXPECT_NEAR(known()->find("a")->distinct, 10, 0.5);
  EXPECT_NEAR(known()->find("a")->equal_to(Value::int64(3)), 0.1, 0.001);
  EXPECT_NEAR(known()->find("id")->distinct, 100, 5);
}

TEST_F(StatisticsOfTables, AreMadeAgainWhereMuchHasChanged) {
  put(0, 1000);
  statistics().look();
  EXPECT_EQ(known(), nullptr);  // nobody had asked before
  statistics().look();
  ASSERT_NE(known(), nullptr);
  const auto first = known();
  put(1000, 400);
  statistics().look();
  EXPECT_EQ(known(), first);
  put(1400, 200);
  statistics().look();
  EXPECT_NE(known(), first);
  EXPECT_EQ(known()->rows, 1600U);
  const auto second = known();
  put(0, 600);  // other values of rows that were there
  statistics().look();
  EXPECT_NE(known(), second);
  EXPECT_EQ(first->rows, 1000U);  // who has it keeps it
}

TEST_F(StatisticsOfTables, StayWhereTheyAreNotWanted) {
  statistics().enabled = false;
  put(0, 1000);
  statistics().look();
  EXPECT_EQ(known(), nullptr);
}

TEST_F(StatisticsOfTables, AreThereAfterARestart) {
  put(0, 1000);
  EXPECT_EQ(known(), nullptr);
  statistics().look();
  ASSERT_NE(known(), nullptr);
  restart();
  ASSERT_NE(known(), nullptr);
  EXPECT_EQ(known()->rows, 1000U);
  const auto before = known();
  statistics().look();
  EXPECT_EQ(known(), before);
}

TEST_F(StatisticsOfTables, AreMadeAgainWhereTheirFileIsLostOrDamaged) {
  put(0, 1000);
  EXPECT_EQ(known(), nullptr);
  statistics().look();
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  std::ofstream(file()) << "nothing of the kind";
  open();
  EXPECT_EQ(known(), nullptr);
  statistics().look();
  ASSERT_NE(known(), nullptr);
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  ASSERT_TRUE(std::filesystem::remove(file()));
  open();
  EXPECT_EQ(known(), nullptr);
  statistics().look();
  EXPECT_NE(known(), nullptr);
}

TEST_F(StatisticsOfTables, GoWithTheirTable) {
  put(0, 1000);
  EXPECT_EQ(known(), nullptr);
  statistics().look();
  const catalog::TableDefinition table = *engine_->catalog()->find_table(table_);
  ASSERT_NE(statistics().find(table), nullptr);
  define([&](const catalog::CatalogState& state) { return catalog::drop_table(state, table_); });
  statistics().look();
  EXPECT_EQ(statistics().find(table), nullptr);
}

TEST_F(StatisticsOfTables, EndWhenTheyAreCancelled) {
  put(0, 1000);
  CancelSource stop;
  stop.cancel();
  exec::QueryContext context(catalog::kAdminName);
  context.evaluation.cancel = stop.token();
  const Status made = statistics().make(*engine_->catalog()->find_table(table_), context);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::engine
