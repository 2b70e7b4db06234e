// Plans that stand in expressions, run over a source that counts how often it is read.

#include "exec/statement_reads.h"

#include <gtest/gtest.h>

#include <string>

#include "exec/operators.h"
#include "function/family.h"

namespace octavo::exec {
namespace {

using algebra::ExprPtr;
using algebra::make_plan;
using algebra::PlanPtr;
using algebra::Subplan;
using algebra::SubplanKind;
using algebra::VarId;
using value::Value;

constexpr TableId kTable{7};

// A table with the primary keys 1 to `rows`, each row the array of its key.
class Numbers final : public Source {
 public:
  Numbers(std::int64_t rows, int& opened) : rows_(rows), opened_(opened) {}

  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan, QueryContext&) const override {
    ++opened_;
    std::vector<Value> rows;
    for (std::int64_t i = 1; i <= rows_; ++i) {
      const auto* set = std::get_if<algebra::KeySet>(&scan.keys);
      if (set != nullptr && set->keys.front() != Value::int64(i)) continue;
      if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys)) {
        if (range->lower.value && !(value::compare(Value::int64(i), *range->lower.value) > 0)) {
          continue;
        }
      }
      rows.push_back(Value::array({Value::int64(i)}));
    }
    return std::make_unique<Cursor>(std::move(rows));
  }
  Result<std::unique_ptr<FieldCursor>> open_fields(const algebra::Scan&,
                                                   std::span<const value::FieldRequest>,
                                                   QueryContext&) const override {
    return nullptr;
  }
  Result<std::optional<Value>> get(TableId, const Value&, QueryContext&) const override {
    return std::nullopt;
  }
  Result<std::uint64_t> count(const algebra::Scan&, QueryContext&) const override {
    return static_cast<std::uint64_t>(rows_);
  }

 private:
  class Cursor final : public RowCursor {
   public:
    explicit Cursor(std::vector<Value> rows) : rows_(std::move(rows)) {}
    Status next(std::size_t max_rows, Rows& out) override {
      for (; max_rows > 0 && at_ < rows_.size(); --max_rows) out.push_back(rows_[at_++]);
      return {};
    }

   private:
    std::vector<Value> rows_;
    std::size_t at_ = 0;
  };

  std::int64_t rows_;
  int& opened_;
};

class StatementReadsTest : public testing::Test {
 protected:
  explicit StatementReadsTest(std::int64_t rows = 3)
      : reads_(std::make_unique<Numbers>(rows, opened_), query_,
               [this](const PlanPtr&) { return allowed_; }) {
    query_.evaluation.subplans = &reads_;
  }

  Result<Value> run(const Subplan& node, std::vector<Value> arguments = {}, Value operand = {}) {
    return reads_.evaluate(node, arguments, operand);
  }

  int opened_ = 0;
  Status allowed_;
  QueryContext query_;
  StatementReads reads_;
};

PlanPtr all() { return make_plan(algebra::Scan{.table = kTable}); }
// The row whose key is v1.
PlanPtr one() {
  return make_plan(algebra::ScanBy{.table = kTable, .keys = {algebra::variable(VarId{1})}});
}
Subplan correlated(SubplanKind kind) {
  return {.kind = kind, .plan = one(), .params = {VarId{1}}, .args = {algebra::constant(Value())}};
}

TEST_F(StatementReadsTest, WhatNamesNothingIsRunOnce) {
  const Subplan rows{.plan = all()};
  for (int i = 0; i < 3; ++i) {
    const auto found = run(rows);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->as_array().size(), 3U);
  }
  EXPECT_EQ(opened_, 1);
  const Subplan any{.kind = SubplanKind::any, .plan = all(), .operand = algebra::constant(Value())};
  for (const int key : {1, 2, 5}) {
    EXPECT_EQ(run(any, {}, Value::array({Value::int64(key)})), Value::boolean(key < 4));
  }
  EXPECT_EQ(opened_, 2);
}

TEST_F(StatementReadsTest, WhatNamesSomethingIsRunOncePerValue) {
  const Subplan exists = correlated(SubplanKind::exists);
  for (int i = 0; i < 2; ++i) {
    for (const int key : {1, 2, 9}) {
      EXPECT_EQ(run(exists, {Value::int64(key)}), Value::boolean(key < 4));
    }
  }
  EXPECT_EQ(opened_, 3);
  // Nothing has to be read for a key that is null.
  EXPECT_EQ(run(exists, {Value()}), Value::boolean(false));
  EXPECT_EQ(opened_, 3);
}

TEST_F(StatementReadsTest, ValuesThatAreEqualAndNotTheSameAreTwo) {
  const Subplan node{
      .plan = make_plan(algebra::Map{make_plan(algebra::Values{{Value()}}),
                                     algebra::lambda({VarId{2}}, algebra::variable(VarId{1}))}),
      .params = {VarId{1}},
      .args = {algebra::constant(Value())}};
  const auto whole = run(node, {Value::int64(1)});
  const auto real = run(node, {Value::float64(1)});
  ASSERT_TRUE(whole && real);
  EXPECT_EQ(whole->as_array()[0].type(), value::Type::int64);
  EXPECT_EQ(real->as_array()[0].type(), value::Type::float64);
}

TEST_F(StatementReadsTest, ResultsThatWereNotAskedForAreForgotten) {
  const Subplan exists = correlated(SubplanKind::exists);
  const auto count = static_cast<std::int64_t>(StatementReads::kMostKept);
  const auto ask = [&](std::int64_t key) { ASSERT_TRUE(run(exists, {Value::int64(key)})); };
  for (std::int64_t key = 1; key <= count; ++key) ask(key);
  ask(1);
  EXPECT_EQ(opened_, count);
  ask(count + 1);  // 2 goes
  ask(1);
  EXPECT_EQ(opened_, count + 1);
  ask(2);
  EXPECT_EQ(opened_, count + 2);
}

// v1 with each row of the table.
Subplan beside_all() {
  return {
      .plan = make_plan(algebra::Map{
          all(), algebra::lambda({VarId{2}}, algebra::make_array({algebra::variable(VarId{1}),
                                                                  algebra::variable(VarId{2})}))}),
      .params = {VarId{1}},
      .args = {algebra::constant(Value())}};
}

TEST_F(StatementReadsTest, PartsThatNameNothingAreReadAFewTimes) {
  const Subplan node = beside_all();
  for (int i = 0; i < 20; ++i) {
    const auto found = run(node, {Value::int64(i)});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->as_array().size(), 3U);
    EXPECT_EQ(found->as_array()[2].as_array()[0], Value::int64(i));
  }
  EXPECT_EQ(opened_, static_cast<int>(StatementReads::kRunsBeforeParts));
}

class ManyRowsTest : public StatementReadsTest {
 protected:
  ManyRowsTest() : StatementReadsTest(StatementReads::kMostRowsOfPart + 1) {}
};

TEST_F(ManyRowsTest, PartsOfManyRowsAreNotKept) {
  const Subplan node = beside_all();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(run(node, {Value::int64(i)}));
  EXPECT_EQ(opened_, 11);  // once to find out
}

TEST_F(StatementReadsTest, TheRightToReadIsAskedForOnce) {
  allowed_ = fail(Code::permission_denied, "no");
  const auto refused = run({.plan = all()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "no");
  EXPECT_EQ(opened_, 0);
}

TEST_F(StatementReadsTest, EndsWithTheQuery) {
  CancelSource cancel;
  query_.evaluation.cancel = cancel.token();
  cancel.cancel();
  const auto found = run({.plan = all()});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::cancelled);
}

TEST_F(StatementReadsTest, RowsThatAreKeptAreCharged) {
  MemoryPool pool("test", 64 * kKiB);
  value::Account account(pool, 64 * kKiB);
  query_.evaluation.account = &account;
  std::vector<Value> rows(10'000, Value::array({Value::int64(1)}));
  const auto found = run({.plan = make_plan(algebra::Values{std::move(rows)})});
  query_.evaluation.account = nullptr;
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::resource_exhausted);
}

// --- Apply ---

class ApplyTest : public StatementReadsTest {
 protected:
  // For each number the rows of the table behind it.
  algebra::Apply behind(std::vector<Value> outer) const {
    algebra::ScanBy inner{.table = kTable};
    inner.lower = {.value = algebra::variable(VarId{1})};
    return {.outer = make_plan(algebra::Values{std::move(outer)}),
            .inner = make_plan(std::move(inner)),
            .params = {VarId{1}},
            .arguments =
                algebra::lambda({VarId{2}}, algebra::make_array({algebra::variable(VarId{2})}))};
  }
  std::string rows_of(const algebra::Apply& apply) {
    const PlanPtr plan = make_plan(apply);
    auto root = build(plan, OperatorContext{reads_.source(), query_});
    EXPECT_TRUE(root);
    std::string text;
    Rows rows;
    for (std::size_t before = 0;; before = rows.size()) {
      const Status status = (*root)->next(2, rows);
      EXPECT_TRUE(status);
      if (rows.size() == before) break;
    }
    for (const Value& row : rows) {
      const Value* right = row.find("right");
      text += std::to_string(row.find("left")->as_int64()) + ":" +
              (right->is_null() ? "-" : std::to_string(right->as_array()[0].as_int64())) + " ";
    }
    return text;
  }
};

TEST_F(ApplyTest, RunsThePlanForEachRow) {
  const std::vector<Value> outer{Value::int64(2), Value::int64(3), Value::int64(0)};
  EXPECT_EQ(rows_of(behind(outer)), "2:3 0:1 0:2 0:3 ");
  EXPECT_EQ(opened_, 3);
}

TEST_F(ApplyTest, KeepsRowsWithoutAMatch) {
  algebra::Apply apply = behind({Value::int64(2), Value::int64(3)});
  apply.keep_unmatched = true;
  EXPECT_EQ(rows_of(apply), "2:3 3:- ");
  apply.condition = algebra::lambda({VarId{3}}, algebra::constant(Value::boolean(false)));
  EXPECT_EQ(rows_of(apply), "2:- 3:- ");
}

}  // namespace
}  // namespace octavo::exec
