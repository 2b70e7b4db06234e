// Changes of definitions that move rows: all of them or none, while others write.

#include "engine/alterations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using value::Value;

class AlterationsTest : public OneTableOnDisk {
 protected:
  void SetUp() override {
    OneTableOnDisk::SetUp();
    define([](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      catalog::TableDefinition table;
      table.database = state.find_database("test")->id;
      table.name = "declared";
      table.columns = {column(1, "id", false), column(2, "a", true)};
      table.open = false;
      table.key_columns = {ColumnId{1}};
      table.next_part = 3;
      return catalog::create_table(state, std::move(table));
    });
  }
  static catalog::ColumnDefinition column(std::uint64_t id, std::string_view name, bool nullable) {
    catalog::ColumnDefinition out;
    out.id = ColumnId{id};
    out.name = name;
    out.type = value::make_type({.kind = value::Kind::integer, .bits = 64});
    out.nullable = nullable;
    return out;
  }
  const catalog::TableDefinition* declared() {
    catalog_ = engine_->catalog();
    return catalog_->find_table(catalog_->find_database("test")->id, "declared");
  }
  // From any thread.
  Result<Lsn> put(std::int64_t id, const Value& a) {
    exec::QueryContext context(catalog::kAdminName);
    const Value key = Value::int64(id);
    const auto state = engine_->catalog();
    const TableId table = state->find_table(state->find_database("test")->id, "declared")->id;
    const exec::RowWrites writes{
        table, {key}, [&](std::size_t, const Value*) -> Result<exec::RowEdit> {
          return exec::RowEdit{exec::RowEdit::Action::put, Value::object({{"id", key}, {"a", a}})};
        }};
    TRY(const auto done, engine_->write(writes, context));
    TRY_STATUS(done.rows.front());
    return done.lsn;
  }
  std::vector<std::string> all_rows() {
    exec::QueryContext context(catalog::kAdminName);
    const auto plan = algebra::make_plan(algebra::Scan{
        .table = declared()->id, .index = {}, .order = algebra::Direction::ascending});
    auto query = engine_->query(plan, context);
    EXPECT_TRUE(query);
    std::vector<std::string> out;
    for (exec::Rows batch;; batch.clear()) {
      EXPECT_TRUE((*query)->next(100, batch));
      if (batch.empty()) return out;
      for (const Value& row : batch) out.push_back(value::to_json(row));
    }
  }

  // The table takes another's place whose rows `made` makes.
  Result<Lsn> move(const std::function<void(catalog::TableDefinition&)>& edit,
                   std::function<Result<Value>(const Value&)> made) {
    exec::QueryContext context(catalog::kAdminName);
    return engine_->alter(
        [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
          const auto* before = state.find_table(state.find_database("test")->id, "declared");
          catalog::TableDefinition after = *before;
          edit(after);
          std::uint64_t next_id = state.next_id();
          after.id = TableId{next_id++};
          for (auto& index : after.indexes) index.id = IndexId{next_id++}, index.ready = false;
          catalog::Alteration out;
          out.rows = {.from = before->id, .to = after.id, .made = made};
          out.changes.emplace_back(catalog::DropTable{before->id});
          out.changes.emplace_back(catalog::PutTable{std::move(after)});
          return out;
        },
        context, violation_);
  }
  static catalog::IndexDefinition unique_a() {
    catalog::IndexDefinition index;
    index.name = "a";
    index.unique = true;
    index.parts = {{.column = ColumnId{2}}};
    EXPECT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
    return index;
  }
  static Result<Value> unchanged(const Value& row) { return row; }

  std::optional<catalog::Violation> violation_;
};

TEST_F(AlterationsTest, RowsAreMadeOverAndSurviveARestart) {
  for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(put(id, Value::int64(id * 10)));
  const TableId before = declared()->id;
  const auto moved = move([](catalog::TableDefinition& table) { table.columns[1].name = "b"; },
                          [](const Value& row) -> Result<Value> {
                            return Value::object({{"id", *row.find("id")}, {"b", *row.find("a")}});
                          });
  ASSERT_TRUE(moved) << moved.error().what;
  const std::vector<std::string> expected{R"({"id":1,"b":10})", R"({"id":2,"b":20})",
                                          R"({"id":3,"b":30})"};
  EXPECT_EQ(all_rows(), expected);
  EXPECT_EQ(catalog_->find_table(before), nullptr);
  exec::QueryContext context(catalog::kAdminName);
  EXPECT_EQ(*engine_->estimate_count(declared()->id, context), 3U);
  restart();
  EXPECT_EQ(all_rows(), expected);
}

TEST_F(AlterationsTest, ARowThatBreaksARuleKeepsAllAsItWas) {
  ASSERT_TRUE(put(1, Value::int64(5)));
  ASSERT_TRUE(put(2, Value()));
  const TableId before = declared()->id;
  EXPECT_FALSE(
      move([](catalog::TableDefinition& table) { table.columns[1].nullable = false; }, unchanged));
  ASSERT_TRUE(violation_);
  EXPECT_EQ(violation_->kind, catalog::Violation::Kind::not_null);
  EXPECT_EQ(violation_->column, ColumnId{2});
  EXPECT_EQ(declared()->id, before);
  EXPECT_EQ(all_rows().size(), 2U);
  ASSERT_TRUE(put(3, Value())) << "writers go on";
}

TEST_F(AlterationsTest, AUniqueIndexIsAddedWhereRowsAreUnique) {
  for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(put(id, Value::int64(id)));
  const auto add = [](catalog::TableDefinition& table) { table.indexes.push_back(unique_a()); };
  const auto added = move(add, unchanged);
  ASSERT_TRUE(added) << added.error().what;
  EXPECT_TRUE(declared()->indexes.front().ready);
  const auto again = put(4, Value::int64(2));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::already_exists);
  ASSERT_TRUE(put(4, Value::int64(4)));
}

TEST_F(AlterationsTest, RowsThatAreNotUniqueKeepTheIndexAway) {
  ASSERT_TRUE(put(1, Value::int64(7)));
  ASSERT_TRUE(put(2, Value::int64(7)));
  EXPECT_FALSE(move([](catalog::TableDefinition& table) { table.indexes.push_back(unique_a()); },
                    unchanged));
  ASSERT_TRUE(violation_);
  EXPECT_EQ(violation_->kind, catalog::Violation::Kind::duplicate);
  EXPECT_EQ(violation_->value, Value::int64(7));
  EXPECT_TRUE(declared()->indexes.empty());
}

// Every row that a writer was told is there is moved, and nobody writes to a table that is gone.
TEST_F(AlterationsTest, WritersBesideIt) {
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> written = 0;
  std::thread writer([&] {
    for (std::int64_t id = 1; !stop; ++id) {
      const auto done = put(id, Value::int64(id));
      if (done) ++written;
      if (!done) EXPECT_EQ(done.error().code, Code::not_found) << done.error().what;
    }
  });
  for (int n = 0; n < 8; ++n) {
    while (written < (n + 1) * 5) std::this_thread::yield();
    const auto moved = move([](catalog::TableDefinition&) {}, unchanged);
    ASSERT_TRUE(moved) << moved.error().what;
  }
  stop = true;
  writer.join();
  EXPECT_EQ(all_rows().size(), static_cast<std::size_t>(written.load()));
}

}  // namespace
}  // namespace octavo::engine
