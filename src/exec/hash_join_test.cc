// Each kind of join over literal rows, with nulls, repeats and empty sides; what it holds and how
// it ends. Random joins are in layout/row/random_plans_test.cc.

#include <gtest/gtest.h>

#include "base/memory_pool.h"
#include "exec/operators.h"
#include "exec/testing/terms.h"
#include "value/json.h"

namespace octavo::exec {
namespace {

using namespace testing_support;
using algebra::Join;
using algebra::JoinKind;
using value::Value;

// Of no tables.
class Nothing final : public Source {
 public:
  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan&, QueryContext&) const override {
    return fail(Code::not_found, "There are no tables.");
  }
  Result<std::unique_ptr<FieldCursor>> open_fields(const algebra::Scan&,
                                                   std::span<const value::FieldRequest>,
                                                   QueryContext&) const override {
    return nullptr;
  }
  Result<std::optional<Value>> get(TableId, const Value&, QueryContext&) const override {
    return fail(Code::not_found, "There are no tables.");
  }
  Result<std::uint64_t> count(const algebra::Scan&, QueryContext&) const override { return 0U; }
};

// Rows without end, and what happens while they are read.
class Endless final : public Operator {
 public:
  explicit Endless(std::function<void()> on_batch = [] {}) : on_batch_(std::move(on_batch)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    on_batch_();
    for (std::size_t i = 0; i < max_rows; ++i) out.push_back(Value::int64(next_++));
    return {};
  }

 private:
  std::function<void()> on_batch_;
  std::int64_t next_ = 0;
};

class HashJoin : public testing::Test {
 protected:
  static algebra::PlanPtr literal(std::string_view json) {
    const auto array = value::parse_json(json);
    ASSERT(array);
    return algebra::make_plan(
        algebra::Values{{array->as_array().begin(), array->as_array().end()}});
  }
  static algebra::ExprPtr column(std::string_view name) {
    return of_row(term("or_null", {field(row(), name)}));
  }
  static algebra::JoinKey on(std::string_view name) { return {column(name), column(name)}; }
  static Join join(JoinKind kind, std::string_view left, std::string_view right) {
    return {.kind = kind, .left = literal(left), .right = literal(right), .keys = {on("k")}};
  }

  Result<Rows> run(const Join& join, std::size_t batch = 2) {
    TRY(const auto built, build(algebra::make_plan(join), context_));
    Rows rows;
    for (std::size_t before = 0;; before = rows.size()) {
      TRY_STATUS(built->next(batch, rows));
      EXPECT_LE(rows.size() - before, batch);
      if (rows.size() == before) return rows;
    }
  }
  void expect(const Join& join, std::string_view json) {
    for (const std::size_t batch : {1U, 2U, 3U, 1000U}) {
      const auto rows = run(join, batch);
      ASSERT_TRUE(rows) << rows.error().what;
      EXPECT_EQ(value::to_json(Value::array(*rows)), value::to_json(*value::parse_json(json)));
    }
  }
  Status drain(const Join& join, OperatorPtr left, OperatorPtr right) {
    const OperatorPtr joined = make_hash_join(join, std::move(left), std::move(right), context_);
    for (Rows rows;; rows.clear()) {
      TRY_STATUS(joined->next(kBatchRows, rows));
      if (rows.empty()) return {};
    }
  }
  static OperatorPtr one(std::int64_t number) {
    return make_values(algebra::Values{{Value::int64(number)}});
  }
  static Join of_rows(JoinKind kind) {
    return {.kind = kind, .keys = {{of_row(row()), of_row(row())}}};
  }

  Nothing source_;
  QueryContext query_;
  OperatorContext context_{source_, query_};
};

constexpr std::string_view kLeft =
    R"([{"k":1,"l":"a"},{"k":2,"l":"b"},{"k":null,"l":"c"},{"l":"d"},{"k":1,"l":"e"}])";
constexpr std::string_view kRight =
    R"([{"k":1,"r":1},{"k":null,"r":2},{"k":3,"r":3},{"k":1,"r":4},{"r":5}])";

TEST_F(HashJoin, InnerGivesEachPairOfEqualKeys) {
  const Join inner = join(JoinKind::inner, kLeft, kRight);
  expect(inner, R"([{"left":{"k":1,"l":"a"},"right":{"k":1,"r":1}},
                    {"left":{"k":1,"l":"a"},"right":{"k":1,"r":4}},
                    {"left":{"k":1,"l":"e"},"right":{"k":1,"r":1}},
                    {"left":{"k":1,"l":"e"},"right":{"k":1,"r":4}}])");
  Join turned = inner;
  turned.hold_left = true;
  expect(turned, R"([{"left":{"k":1,"l":"a"},"right":{"k":1,"r":1}},
                     {"left":{"k":1,"l":"e"},"right":{"k":1,"r":1}},
                     {"left":{"k":1,"l":"a"},"right":{"k":1,"r":4}},
                     {"left":{"k":1,"l":"e"},"right":{"k":1,"r":4}}])");
  expect(join(JoinKind::inner, "[]", kRight), "[]");
  expect(join(JoinKind::inner, kLeft, "[]"), "[]");
}

TEST_F(HashJoin, LeftKeepsRowsWithoutAMatch) {
  Join left = join(JoinKind::left, kLeft, R"([{"k":2,"r":1},{"k":2,"r":2},{"k":null}])");
  expect(left, R"([{"left":{"k":1,"l":"a"},"right":null},
                   {"left":{"k":2,"l":"b"},"right":{"k":2,"r":1}},
                   {"left":{"k":2,"l":"b"},"right":{"k":2,"r":2}},
                   {"left":{"k":null,"l":"c"},"right":null},
                   {"left":{"l":"d"},"right":null},
                   {"left":{"k":1,"l":"e"},"right":null}])");
  left.hold_left = true;
  expect(left, R"([{"left":{"k":2,"l":"b"},"right":{"k":2,"r":1}},
                   {"left":{"k":2,"l":"b"},"right":{"k":2,"r":2}},
                   {"left":{"k":1,"l":"a"},"right":null},
                   {"left":{"k":null,"l":"c"},"right":null},
                   {"left":{"l":"d"},"right":null},
                   {"left":{"k":1,"l":"e"},"right":null}])");
  expect(join(JoinKind::left, R"([{"k":1}])", "[]"), R"([{"left":{"k":1},"right":null}])");
}

TEST_F(HashJoin, SemiAndAntiGiveLeftRowsOnce) {
  for (const bool hold_left : {false, true}) {
    Join some = join(JoinKind::semi, kLeft, kRight);
    some.hold_left = hold_left;
    expect(some, R"([{"k":1,"l":"a"},{"k":1,"l":"e"}])");
    some.kind = JoinKind::anti;
    expect(some, R"([{"k":2,"l":"b"},{"k":null,"l":"c"},{"l":"d"}])");
    some = join(JoinKind::anti, kLeft, "[]");
    some.hold_left = hold_left;
    expect(some, kLeft);
  }
}

// x NOT IN (…): a null on either side leaves the answer open, but for an empty list.
TEST_F(HashJoin, NullsLeaveOpenWhatIsNotIn) {
  Join anti = join(JoinKind::anti, kLeft, R"([{"k":1},{"k":1}])");
  anti.null_aware = true;
  expect(anti, R"([{"k":2,"l":"b"}])");
  anti.right = literal(kRight);
  expect(anti, "[]");
  anti.right = literal("[]");
  expect(anti, kLeft);
}

TEST_F(HashJoin, MarksTellWhetherThereIsAMatch) {
  const auto marks = [&](std::string_view right, bool null_aware, std::string_view expected) {
    Join mark = join(JoinKind::mark, R"([{"k":1},{"k":2},{"k":null}])", right);
    mark.null_aware = null_aware;
    const auto rows = run(mark);
    ASSERT_TRUE(rows);
    std::vector<Value> found;
    for (const Value& row : *rows) found.push_back(*row.find("right"));
    EXPECT_EQ(value::to_json(Value::array(found)), expected) << right;
  };
  marks(R"([{"k":1}])", true, "[true,false,null]");
  marks(R"([{"k":1},{"k":null}])", true, "[true,null,null]");
  marks("[]", true, "[false,false,false]");
  marks(R"([{"k":1},{"k":null}])", false, "[true,false,false]");
}

// (a, b) IN (…): rows that differ in one part are no match, whatever the other is.
TEST_F(HashJoin, NullsOfOneKeyAmongSeveral) {
  Join mark =
      join(JoinKind::mark, R"([{"a":1,"b":1},{"a":1,"b":null},{"a":2,"b":5},{"a":3,"b":3}])",
           R"([{"a":1,"b":1},{"a":null,"b":3}])");
  mark.keys = {on("a"), on("b")};
  mark.null_aware = true;
  expect(mark, R"([{"left":{"a":1,"b":1},"right":true},
                   {"left":{"a":1,"b":null},"right":null},
                   {"left":{"a":2,"b":5},"right":false},
                   {"left":{"a":3,"b":3},"right":null}])");
  mark.kind = JoinKind::anti;
  expect(mark, R"([{"a":2,"b":5}])");
}

TEST_F(HashJoin, AConditionIsAskedOfEachPair) {
  const algebra::ExprPtr less =
      of_row(term("lt", {field(field(row(), "left"), "n"), field(field(row(), "right"), "n")}));
  Join ordered = join(JoinKind::left, R"([{"k":1,"n":2},{"k":1,"n":9}])",
                      R"([{"k":1,"n":1},{"k":1,"n":3},{"k":2,"n":99}])");
  ordered.condition = less;
  const std::string_view pairs = R"([{"left":{"k":1,"n":2},"right":{"k":1,"n":3}},
                                     {"left":{"k":1,"n":9},"right":null}])";
  expect(ordered, pairs);
  ordered.hold_left = true;
  expect(ordered, pairs);
  ordered.kind = JoinKind::semi;
  expect(ordered, R"([{"k":1,"n":2}])");
  ordered.kind = JoinKind::anti;
  expect(ordered, R"([{"k":1,"n":9}])");
  ordered.keys.clear();
  expect(ordered, "[]");
  ordered.kind = JoinKind::inner;
  ordered.hold_left = false;
  expect(ordered, R"([{"left":{"k":1,"n":2},"right":{"k":1,"n":3}},
                      {"left":{"k":1,"n":2},"right":{"k":2,"n":99}},
                      {"left":{"k":1,"n":9},"right":{"k":2,"n":99}}])");
}

TEST_F(HashJoin, WithoutKeysAllPairs) {
  Join cross{.left = literal("[1,2]"), .right = literal("[3,4]")};
  expect(cross, R"([{"left":1,"right":3},{"left":1,"right":4},
                    {"left":2,"right":3},{"left":2,"right":4}])");
  cross.kind = JoinKind::semi;
  expect(cross, "[1,2]");
  cross.kind = JoinKind::anti;
  expect(cross, "[]");
  cross.right = literal("[]");
  expect(cross, "[1,2]");
}

TEST_F(HashJoin, KeysAreEqualWhateverTheirForm) {
  expect(join(JoinKind::semi, R"([{"k":1},{"k":[2,"x"]},{"k":"1"}])",
              R"([{"k":1.0},{"k":[2.0,"x"]}])"),
         R"([{"k":1},{"k":[2,"x"]}])");
}

TEST_F(HashJoin, NothingIsReadForWhatCannotMatch) {
  EXPECT_TRUE(drain(of_rows(JoinKind::inner), std::make_unique<Endless>(), make_values({})));
  EXPECT_TRUE(drain(of_rows(JoinKind::semi), std::make_unique<Endless>(), make_values({})));
  Join left = of_rows(JoinKind::left);
  left.hold_left = true;
  EXPECT_TRUE(drain(left, make_values({}), std::make_unique<Endless>()));
}

TEST_F(HashJoin, WhatItHoldsIsCharged) {
  MemoryPool pool("memory", kMiB);
  value::Account account(pool, 100'000);
  query_.evaluation.account = &account;
  for (const bool hold_left : {false, true}) {
    Join join = of_rows(JoinKind::inner);
    join.hold_left = hold_left;
    const Status end = hold_left ? drain(join, std::make_unique<Endless>(), one(1))
                                 : drain(join, one(1), std::make_unique<Endless>());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Code::resource_exhausted);
    EXPECT_EQ(account.used(), 0U);
  }
}

// While rows are held, while others are read that match nothing, and while a row meets many.
TEST_F(HashJoin, EndsWhenItIsCancelled) {
  CancelSource cancel;
  query_.evaluation.cancel = cancel.token();
  int batches = 0;
  const auto count = [&] {
    if (++batches == 3) cancel.cancel();
  };
  const Status end = drain(of_rows(JoinKind::semi), std::make_unique<Endless>(count), one(-1));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::cancelled);
  Join never{.kind = JoinKind::semi, .condition = of_row(algebra::constant(Value::boolean(false)))};
  const Status held = drain(never, one(1), one(2));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::exec
