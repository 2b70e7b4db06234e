// Numbers of AUTO_INCREMENT columns: nobody gets one twice, whoever asks and whatever happens in
// between.

#include "engine/number_leases.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "engine/test_support.h"

namespace octavo::engine {
namespace {

class NumberLeasesTest : public OneTableOnDisk {
 protected:
  // Its column `id` has the numbers of the type.
  void make_table(const value::LogicalType& type, std::uint64_t first = 1) {
    define([&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      catalog::TableDefinition table;
      table.database = state.find_database("test")->id;
      table.name = "numbered";
      catalog::ColumnDefinition column;
      column.id = kColumn;
      column.name = "id";
      column.type = value::make_type(type);
      column.nullable = false;
      column.auto_increment = true;
      table.columns.push_back(std::move(column));
      table.open = false;
      table.key_columns = {kColumn};
      table.next_part = 2;
      table.first_number = first;
      return catalog::create_table(state, std::move(table));
    });
  }
  TableId numbered() {
    const auto state = engine_->catalog();
    return state->find_table(state->find_database("test")->id, "numbered")->id;
  }
  Result<std::uint64_t> take(std::uint64_t count = 1) {
    exec::QueryContext context(catalog::kAdminName);
    return engine_->take_numbers(numbered(), kColumn, count, context);
  }
  Status put(std::int64_t id) {
    exec::QueryContext context(catalog::kAdminName);
    const value::Value key = value::Value::int64(id);
    const exec::RowWrites writes{
        numbered(), {key}, [&](std::size_t, const value::Value*) -> Result<exec::RowEdit> {
          return exec::RowEdit{exec::RowEdit::Action::put, value::Value::object({{"id", key}})};
        }};
    TRY(const auto done, engine_->write(writes, context));
    return done.rows.front();
  }

  static constexpr ColumnId kColumn{1};
};

TEST_F(NumberLeasesTest, FollowEachOtherAndGoOnAfterARestart) {
  make_table({.kind = value::Kind::integer, .bits = 32});
  EXPECT_EQ(*take(), 1U);
  EXPECT_EQ(*take(3), 2U);
  EXPECT_EQ(engine_->next_number(numbered()), 5U);
  restart();
  EXPECT_EQ(engine_->next_number(numbered()), 5U);
  EXPECT_EQ(*take(2'500), 5U);
  EXPECT_EQ(*take(), 2'505U);
}

TEST_F(NumberLeasesTest, ARowWithANumberMovesThem) {
  make_table({.kind = value::Kind::integer, .bits = 32}, 10);
  EXPECT_EQ(*take(), 10U);
  ASSERT_TRUE(put(5));
  EXPECT_EQ(*take(), 11U);
  ASSERT_TRUE(put(50'000));
  EXPECT_EQ(*take(), 50'001U);
  ASSERT_TRUE(put(-3));
  EXPECT_EQ(*take(), 50'002U);
  restart();
  EXPECT_EQ(*take(), 50'003U);
}

TEST_F(NumberLeasesTest, EndWithTheirType) {
  make_table({.kind = value::Kind::integer, .bits = 8});
  EXPECT_EQ(*take(126), 1U);
  EXPECT_EQ(take(2).error().code, Code::out_of_range);
  EXPECT_EQ(*take(), 127U);
  EXPECT_EQ(take().error().code, Code::out_of_range);
  restart();
  EXPECT_EQ(take().error().code, Code::out_of_range);
}

TEST_F(NumberLeasesTest, ARowWithTheLastNumberIsTheEnd) {
  make_table({.kind = value::Kind::integer, .bits = 8});
  ASSERT_TRUE(put(127));
  EXPECT_EQ(take().error().code, Code::out_of_range);
  restart();
  EXPECT_EQ(take().error().code, Code::out_of_range);
}

TEST_F(NumberLeasesTest, OtherColumnsHaveNone) {
  make_table({.kind = value::Kind::integer, .bits = 64, .is_unsigned = true});
  exec::QueryContext context(catalog::kAdminName);
  EXPECT_EQ(engine_->take_numbers(numbered(), ColumnId{9}, 1, context).error().code,
            Code::invalid_argument);
}

TEST_F(NumberLeasesTest, NobodyGetsOneTwice) {
  make_table({.kind = value::Kind::integer, .bits = 64});
  constexpr std::size_t kThreads = 4;
  std::vector<std::vector<std::uint64_t>> got(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      for (std::uint64_t i = 0; i < 400; ++i) {
        const std::uint64_t count = 1 + i % 7;
        const auto first = take(count);
        ASSERT_TRUE(first) << first.error().what;
        for (std::uint64_t k = 0; k < count; ++k) got[n].push_back(*first + k);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  std::size_t count = 0;
  for (const auto& some : got) {
    count += some.size();
    all.insert(some.begin(), some.end());
    EXPECT_TRUE(std::ranges::is_sorted(some));
  }
  EXPECT_EQ(all.size(), count);
}

TEST_F(NumberLeasesTest, ATableThatIsMadeAgainBeginsAgain) {
  make_table({.kind = value::Kind::integer, .bits = 64});
  EXPECT_EQ(*take(5), 1U);
  const TableId old = numbered();
  define([&](const catalog::CatalogState& state) { return catalog::drop_table(state, old); });
  make_table({.kind = value::Kind::integer, .bits = 64});
  EXPECT_EQ(*take(), 1U);
}

}  // namespace
}  // namespace octavo::engine
