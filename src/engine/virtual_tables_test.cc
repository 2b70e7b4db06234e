// Virtual tables, through the engine: scans, joins, writes, permissions, and their end.

#include "engine/virtual_tables.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using index::testing_support::number;
using value::Value;

// Numbers and their squares, which the second form shows negated; what is new becomes a database.
class Squares final : public VirtualTables {
 public:
  static constexpr const catalog::ReservedTables& kIds = *catalog::find_virtual(catalog::kUsers);
  static constexpr TableId kClosed = kIds.at(60);
  static constexpr TableId kOpen = kIds.at(61);
  static constexpr TableId kNobodys = kIds.at(62);

  const catalog::ReservedTables& ids() const override { return kIds; }
  bool has(TableId table) const override { return table >= kClosed && table < kNobodys; }
  std::string_view primary_key(TableId) const override { return "n"; }
  std::optional<TableId> opened_by(TableId table) const override {
    if (kIds.number_of(table) == 61) return std::nullopt;
    return catalog::granted_as(table);
  }
  Result<std::vector<Value>> rows(TableId table, const catalog::CatalogState&,
                                  const exec::QueryContext&) const override {
    ++computed_;
    const std::int64_t sign = kIds.form_of(table) == 0 ? 1 : -1;
    std::vector<Value> out;
    for (const auto& [n, square] : squares_) {
      out.push_back(Value::object({{"a", number(sign * square)}, {"n", number(n)}}));
    }
    return out;
  }
  Result<std::vector<catalog::Change>> change(TableId, const catalog::CatalogState& definitions,
                                              const Value& before,
                                              const Value& after) const override {
    if (after.is_null()) return fail(Code::unsupported, "Squares stay.");
    if (!before.is_null()) {
      squares_[before.find("n")->as_int64()] = after.find("a")->as_int64();
      return std::vector<catalog::Change>();
    }
    return catalog::create_database(definitions, after.find("name")->as_string());
  }

  int computed() const { return computed_; }

 private:
  mutable int computed_ = 0;
  mutable std::map<std::int64_t, std::int64_t, std::greater<>> squares_ = {{1, 1}, {2, 4}, {3, 9}};
};

class VirtualTablesTest : public OneTableOnDisk {
 protected:
  void SetUp() override {
    OneTableOnDisk::SetUp();
    entry_ = engine_->add(squares_);
  }
  void TearDown() override {
    entry_.reset();
    OneTableOnDisk::TearDown();
  }
  Options options() override {
    Options options = OneTableOnDisk::options();
    options.rows_in_memory = true;
    return options;
  }

  static algebra::Scan scan(TableId table, decltype(algebra::Scan::keys) keys = {},
                            std::optional<algebra::Direction> order = {}) {
    return {.table = table, .index = {}, .keys = std::move(keys), .order = order};
  }
  Result<std::string> run(const algebra::PlanPtr& plan, exec::QueryContext& context) {
    TRY(const auto query, engine_->query(plan, context));
    std::string out;
    for (exec::Rows rows;; rows.clear()) {
      TRY_STATUS(query->next(2, rows));
      if (rows.empty()) return out;
      for (const Value& row : rows) out += value::to_json(row) + " ";
    }
  }
  std::string run(algebra::Scan scan) {
    const auto out = run(algebra::make_plan(std::move(scan)), admin_);
    return out ? *out : out.error().what;
  }
  Result<exec::RowWritesDone> write(TableId table, std::vector<Value> keys, const Value& row,
                                    exec::QueryContext& context) {
    exec::RowWrites writes;
    writes.table = table;
    writes.keys = std::move(keys);
    writes.decide = [&](std::size_t, const Value*) -> Result<exec::RowEdit> {
      if (row.is_null()) return exec::RowEdit{exec::RowEdit::Action::erase, {}};
      return exec::RowEdit{exec::RowEdit::Action::put, row};
    };
    return engine_->write(writes, context);
  }
  void add_user(std::vector<catalog::Grant> grants) {
    define([&](const catalog::CatalogState& state) {
      return catalog::put_user(state, {.name = "ann", .credentials = {}, .grants = grants});
    });
  }

  Squares squares_;
  std::unique_ptr<VirtualTableSets::Entry> entry_;
  exec::QueryContext admin_{catalog::kAdminName};
  exec::QueryContext ann_{"ann"};
};

TEST_F(VirtualTablesTest, ScansAreByPrimaryKey) {
  using algebra::Direction;
  const algebra::KeyRange upper{.lower = {number(2), true}, .upper = {}};
  const algebra::KeySet named{.keys = {number(3), number(1), number(3), number(7)}};
  EXPECT_EQ(run(scan(Squares::kClosed, {}, Direction::ascending)),
            R"({"a":1,"n":1} {"a":4,"n":2} {"a":9,"n":3} )");
  EXPECT_EQ(run(scan(Squares::kClosed, upper, Direction::descending)),
            R"({"a":9,"n":3} {"a":4,"n":2} )");
  EXPECT_EQ(run(scan(Squares::kClosed, named)), R"({"a":9,"n":3} {"a":1,"n":1} {"a":9,"n":3} )");
  EXPECT_EQ(run(scan(Squares::kIds.at(60, 1), named, Direction::ascending)),
            R"({"a":-1,"n":1} {"a":-9,"n":3} {"a":-9,"n":3} )");
}

TEST_F(VirtualTablesTest, RowsAreFoundAndCounted) {
  const auto found = engine_->get(Squares::kClosed, number(2), admin_);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(value::to_json(**found), R"({"a":4,"n":2})");
  const auto missing = engine_->get(Squares::kClosed, number(9), admin_);
  ASSERT_TRUE(missing);
  EXPECT_FALSE(*missing);
  EXPECT_EQ(engine_->estimate_count(Squares::kClosed, admin_), 3U);
}

TEST_F(VirtualTablesTest, JoinsLookRowsUp) {
  algebra::LookupJoin join;
  join.outer = algebra::make_plan(scan(Squares::kClosed, {}, algebra::Direction::ascending));
  join.table = Squares::kIds.at(61, 1);
  join.key = index::testing_support::field("n");
  const auto joined = run(algebra::make_plan(std::move(join)), admin_);
  ASSERT_TRUE(joined) << joined.error().what;
  EXPECT_EQ(*joined, R"({"left":{"a":1,"n":1},"right":{"a":-1,"n":1}} )"
                     R"({"left":{"a":4,"n":2},"right":{"a":-4,"n":2}} )"
                     R"({"left":{"a":9,"n":3},"right":{"a":-9,"n":3}} )");
  EXPECT_EQ(squares_.computed(), 2) << "each table once";
}

TEST_F(VirtualTablesTest, WhatMayNotWaitIsRefused) {
  admin_.may_wait = false;
  EXPECT_EQ(engine_->get(Squares::kClosed, number(1), admin_).error().code, Code::would_block);
  EXPECT_EQ(engine_->estimate_count(Squares::kClosed, admin_).error().code, Code::would_block);
  EXPECT_EQ(write(Squares::kClosed, {number(1)}, Value(), admin_).error().code, Code::would_block);
}

TEST_F(VirtualTablesTest, GrantsOpenThem) {
  add_user({});
  const auto all = [&](TableId table) {
    return run(algebra::make_plan(scan(table)), ann_).has_value();
  };
  EXPECT_FALSE(all(Squares::kClosed));
  EXPECT_TRUE(all(Squares::kOpen));
  EXPECT_FALSE(engine_->get(Squares::kClosed, number(1), ann_));
  EXPECT_FALSE(engine_->estimate_count(Squares::kClosed, ann_));
  add_user({{catalog::kSystemDatabase, Squares::kClosed, {.read = true}}});
  EXPECT_TRUE(all(Squares::kClosed));
  EXPECT_TRUE(all(Squares::kIds.at(60, 1))) << "in each form";
  EXPECT_TRUE(engine_->get(Squares::kClosed, number(1), ann_));
  EXPECT_EQ(write(Squares::kClosed, {number(1)}, Value(), ann_).error().code,
            Code::permission_denied);
}

TEST_F(VirtualTablesTest, EachWrittenRowIsAChange) {
  const Value seven = Value::object({{"n", number(1)}, {"a", number(7)}});
  const auto done = write(Squares::kClosed, {number(1)}, seven, admin_);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->changed);
  EXPECT_EQ(run(scan(Squares::kClosed, algebra::KeySet{.keys = {number(1)}})), R"({"a":7,"n":1} )");
  const auto erased = write(Squares::kClosed, {number(1), number(2)}, Value(), admin_);
  ASSERT_TRUE(erased);
  ASSERT_EQ(erased->rows.size(), 2U);
  EXPECT_EQ(erased->rows[0].error().code, Code::unsupported);
  EXPECT_FALSE(erased->changed);
  const Value shop = Value::object({{"name", Value::string("shop")}});
  const auto created = write(Squares::kClosed, {number(9), number(10)}, shop, admin_);
  ASSERT_TRUE(created);
  EXPECT_TRUE(created->rows[0]);
  EXPECT_EQ(created->rows[1].error().code, Code::already_exists) << "it sees the first";
  EXPECT_NE(engine_->catalog()->find_database("shop"), nullptr);
}

// To open a table is not enough where a change needs more.
TEST_F(VirtualTablesTest, ChangesNeedTheirPermissions) {
  add_user({{catalog::kSystemDatabase, Squares::kClosed, {.read = true, .write = true}}});
  const Value shop = Value::object({{"name", Value::string("shop")}});
  const auto done = write(Squares::kClosed, {number(9)}, shop, ann_);
  EXPECT_EQ(done ? done->rows.front().error().code : done.error().code, Code::permission_denied);
  EXPECT_EQ(engine_->catalog()->find_database("shop"), nullptr);
}

TEST_F(VirtualTablesTest, FeedsAreRefused) {
  const auto feed = engine_->subscribe(stream::FeedKind::range,
                                       algebra::make_plan(scan(Squares::kClosed)), {}, admin_);
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::unsupported);
}

TEST_F(VirtualTablesTest, TheyAreGoneWithTheirOwner) {
  EXPECT_EQ(run(scan(Squares::kNobodys)), "The table does not exist any more.");
  entry_.reset();
  EXPECT_EQ(run(scan(Squares::kClosed)), "The table does not exist any more.");
  EXPECT_EQ(engine_->get(Squares::kClosed, number(1), admin_).error().code, Code::not_found);
  const auto done = write(Squares::kClosed, {number(1)}, Value(), admin_);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows.front().error().code, Code::not_found);
  add_user({});
  EXPECT_EQ(engine_->get(Squares::kOpen, number(1), ann_).error().code, Code::permission_denied)
      << "nobody says that it is open";
}

}  // namespace
}  // namespace octavo::engine
