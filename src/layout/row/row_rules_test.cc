// Rows against the rules of their table: what fills them, what they are made into, what is refused.
// Random ones are compared with a model that knows the rules and not the code.

#include "layout/row/row_rules.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "index/test_support.h"
#include "value/decimal.h"
#include "value/json.h"

namespace octavo::layout {
namespace {

using index::testing_support::field_of_row;
using index::testing_support::json;
using index::testing_support::kGreater;
using index::testing_support::number;
using index::testing_support::of_row;
using index::testing_support::term;
using value::Kind;
using value::Value;
using Broke = catalog::Violation::Kind;

class CountingNumbers final : public Numbers {
 public:
  Result<std::uint64_t> take(const catalog::TableDefinition&, const catalog::ColumnDefinition&,
                             std::uint64_t count) override {
    if (next > most) return fail(Code::out_of_range, "none left");
    return std::exchange(next, next + count);
  }
  Status passed(const catalog::TableDefinition&, const catalog::ColumnDefinition&,
                std::uint64_t used) override {
    next = std::max(next, used + 1);
    return {};
  }
  std::uint64_t next = 1;
  std::uint64_t most = 1'000'000;
};

Bytes encoded(const algebra::ExprPtr& function) {
  Bytes out;
  EXPECT_TRUE(algebra::encode(function, out));
  return out;
}

catalog::ColumnDefinition column(std::uint64_t id, std::string_view name, value::LogicalType type,
                                 bool nullable = true) {
  catalog::ColumnDefinition out;
  out.id = ColumnId{id};
  out.name = name;
  out.type = value::make_type(std::move(type));
  out.nullable = nullable;
  return out;
}

class RowRulesTest : public testing::Test {
 protected:
  RowRulesTest() {
    table_.id = TableId{7};
    table_.name = "people";
    table_.open = false;
    table_.columns = {column(1, "id", {.kind = Kind::integer, .bits = 32}, false)};
  }
  catalog::ColumnDefinition& add(catalog::ColumnDefinition column) {
    table_.columns.push_back(std::move(column));
    return table_.columns.back();
  }
  Expected<Value, Broken> apply(Value after, const Value* before = nullptr) {
    auto rules = RowRules::make(std::make_shared<const catalog::TableDefinition>(table_));
    EXPECT_TRUE(rules) << rules.error().what;
    return (*rules)->apply(before, std::move(after), context_, &numbers_);
  }
  std::string row(std::string_view text) {
    const auto made = apply(json(text));
    return made ? value::to_json(*made) : made.error().error.what;
  }
  std::optional<Broke> broken(Value after) {
    const auto made = apply(std::move(after));
    if (made || !made.error().violation) return std::nullopt;
    EXPECT_EQ(made.error().violation->table, table_.id);
    return made.error().violation->kind;
  }
  std::optional<Broke> broken(std::string_view text) { return broken(json(text)); }

  catalog::TableDefinition table_;
  CountingNumbers numbers_;
  function::EvalContext context_;
};

TEST_F(RowRulesTest, FillsWhatIsMissing) {
  table_.columns.front().auto_increment = true;
  add(column(2, "a", {.kind = Kind::integer, .bits = 32}));
  add(column(3, "b", {.kind = Kind::integer, .bits = 32})).default_value =
      encoded(of_row(algebra::constant(number(5))));
  add(column(4, "c", {.kind = Kind::integer, .bits = 32})).default_value =
      encoded(of_row(term(24, {field_of_row("b"), algebra::constant(number(1))})));
  EXPECT_EQ(row("{}"), R"({"id":1,"a":null,"b":5,"c":6})");
  EXPECT_EQ(row(R"({"id":10,"b":1})"), R"({"id":10,"b":1,"a":null,"c":2})");
  EXPECT_EQ(row("{}"), R"({"id":11,"a":null,"b":5,"c":6})");
  numbers_.most = 11;
  EXPECT_EQ(broken("{}"), Broke::no_number_left);
}

TEST_F(RowRulesTest, RefusesInPlainWords) {
  add(column(2, "name", {.kind = Kind::text, .length = 3}, false));
  EXPECT_EQ(row(R"({"id":1})"),
            "Constraint `name` of table `people` is violated: it was left out, and nothing fills "
            "it.");
  EXPECT_EQ(broken(R"({"id":1})"), Broke::no_default);
  EXPECT_EQ(broken(R"({"id":1,"name":null})"), Broke::not_null);
  EXPECT_EQ(broken(R"({"id":1,"name":"abcd"})"), Broke::too_long);
  EXPECT_EQ(broken(R"({"id":1,"name":5})"), Broke::wrong_type);
  EXPECT_EQ(broken(R"({"id":5000000000,"name":"a"})"), Broke::out_of_range);
  EXPECT_EQ(broken(R"({"id":1.5,"name":"a"})"), Broke::wrong_type);
  EXPECT_EQ(broken(R"({"id":1,"name":"a","age":2})"), Broke::no_column);
  EXPECT_EQ(broken(R"({"id":1,"name":"äöü"})"), std::nullopt) << "characters, not bytes";
  table_.open = true;
  EXPECT_EQ(row(R"({"id":1,"name":"a","age":2})"), R"({"id":1,"name":"a","age":2})");
}

TEST_F(RowRulesTest, PutsValuesInTheFormOfTheirColumn) {
  add(column(2, "price", {.kind = Kind::decimal, .precision = 6, .scale = 2}));
  add(column(3, "weight", {.kind = Kind::real, .bits = 64}));
  add(column(4, "at", {.kind = Kind::datetime, .precision = 0}));
  const auto made = apply(Value::object(
      {{"id", Value::float64(5)},
       {"price", Value::float64(19.99)},
       {"weight", number(3)},
       {"at", Value::timestamp({.seconds = 10, .nanoseconds = 600'000'000, .zone_minutes = 60})}}));
  ASSERT_TRUE(made) << made.error().error.what;
  EXPECT_EQ(made->find("id")->type(), value::Type::int64);
  ASSERT_EQ(made->find("price")->type(), value::Type::decimal);
  EXPECT_EQ(made->find("price")->as_decimal().to_plain_string(), "19.99");
  EXPECT_EQ(made->find("weight")->type(), value::Type::float64);
  EXPECT_EQ(made->find("at")->as_timestamp(),
            (value::Timestamp{.seconds = 3611, .nanoseconds = 0, .zone_minutes = 0}));
  const auto scaled = apply(
      Value::object({{"id", number(1)}, {"price", Value::decimal(value::Decimal::from_int64(5))}}));
  ASSERT_TRUE(scaled);
  EXPECT_EQ(scaled->find("price")->as_decimal().to_plain_string(), "5.00");
  EXPECT_EQ(broken(R"({"id":1,"price":1.999})"), Broke::out_of_range);
  EXPECT_EQ(broken(R"({"id":1,"price":12345})"), Broke::out_of_range);
}

TEST_F(RowRulesTest, TimesOfTheStatement) {
  add(column(2, "made", {.kind = Kind::timestamp, .precision = 3})).default_now = true;
  add(column(3, "seen", {.kind = Kind::datetime})).update_now = true;
  add(column(4, "n", {.kind = Kind::integer, .bits = 32}));
  context_.now_ns = 1'000'123'456'789;
  const auto made = apply(json(R"({"id":1,"n":1})"));
  ASSERT_TRUE(made) << made.error().error.what;
  EXPECT_EQ(made->find("made")->as_timestamp(),
            (value::Timestamp{.seconds = 1000, .nanoseconds = 123'000'000}));
  EXPECT_TRUE(made->find("seen")->is_null());
  const auto same = apply(*made, &*made);
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->find("seen")->is_null()) << "nothing has changed";
  value::ObjectBuilder other(*made);
  other.set("n", number(2));
  const auto changed = apply(std::move(other).build(), &*made);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->find("seen")->as_timestamp(), (value::Timestamp{.seconds = 1000}));
}

TEST_F(RowRulesTest, ComputedColumnsAndConditions) {
  auto& twice = add(column(2, "twice", {.kind = Kind::integer, .bits = 64}));
  twice.generated = catalog::Generated::stored;
  twice.generated_value = encoded(of_row(term(24, {field_of_row("id"), field_of_row("id")})));
  catalog::CheckDefinition check;
  check.id = CheckId{9};
  check.name = "small";
  check.condition =
      encoded(of_row(term(kGreater, {algebra::constant(number(100)), field_of_row("twice")})));
  table_.checks.push_back(check);
  EXPECT_EQ(row(R"({"id":4,"twice":1})"), R"({"id":4,"twice":8})");
  const auto refused = apply(json(R"({"id":50})"));
  ASSERT_FALSE(refused);
  ASSERT_TRUE(refused.error().violation);
  EXPECT_EQ(refused.error().violation->kind, Broke::check);
  EXPECT_EQ(refused.error().violation->check, CheckId{9});
  table_.checks.front().enforced = false;
  EXPECT_EQ(row(R"({"id":50})"), R"({"id":50,"twice":100})");
}

TEST_F(RowRulesTest, AnExpressionThatFailsRefusesTheRowWithItsError) {
  add(column(2, "x", {.kind = Kind::integer, .bits = 64})).default_value =
      encoded(of_row(term(24, {field_of_row("id"), algebra::constant(Value::string("a"))})));
  const auto refused = apply(json(R"({"id":1})"));
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().violation);
}

TEST_F(RowRulesTest, WhatCannotBeOpenedIsSaid) {
  add(column(2, "x", {.kind = Kind::integer, .bits = 64})).default_value = "\xff";
  EXPECT_FALSE(RowRules::make(std::make_shared<const catalog::TableDefinition>(table_)));
}

// Three columns of random kinds, and rows of random values.
struct Modelled {
  value::LogicalType type;
  bool nullable;
  bool filled;  // by 1
};

Value random_value(Random& random) {
  switch (random.below(8)) {
    case 0: return Value();
    case 1: return Value::string(std::string(random.below(6), 'x'));
    case 2: return Value::float64(static_cast<double>(random.below(600)) / 2);
    case 3: return Value::boolean(random.below(2) == 0);
    case 4: return number(-static_cast<std::int64_t>(random.below(300)));
    default: return number(static_cast<std::int64_t>(random.below(300)));
  }
}

// What is stored for `given`; nothing: it is refused.
std::optional<Value> model(const Modelled& rule, const Value* given) {
  if (given == nullptr && rule.filled) return number(1);
  if (given == nullptr || given->is_null()) {
    return rule.nullable ? std::optional(Value()) : std::nullopt;
  }
  if (rule.type.kind == Kind::text) {
    const bool fits = given->is_string() && given->as_string().size() <= rule.type.length;
    return fits ? std::optional(*given) : std::nullopt;
  }
  double wanted = 0;
  if (given->type() == value::Type::boolean) {
    wanted = given->as_boolean() ? 1 : 0;
  } else if (given->is_number()) {
    wanted = given->to_double();
  } else {
    return std::nullopt;
  }
  const double least = rule.type.is_unsigned ? 0 : -128;
  const double most = rule.type.is_unsigned ? 255 : 127;
  if (wanted != static_cast<double>(static_cast<std::int64_t>(wanted))) return std::nullopt;
  if (wanted < least || wanted > most) return std::nullopt;
  return number(static_cast<std::int64_t>(wanted));
}

TEST_F(RowRulesTest, RandomRowsAgreeWithAModel) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::map<std::string, Modelled> rules;
    table_.columns.resize(1);
    for (const char* name : {"a", "b", "c"}) {
      Modelled rule;
      rule.nullable = random.below(2) == 0;
      const bool is_text = random.below(3) == 0;
      rule.filled = !is_text && random.below(3) == 0;
      if (is_text) {
        rule.type = {.kind = Kind::text, .length = 3};
      } else {
        rule.type = {.kind = Kind::integer, .bits = 8, .is_unsigned = random.below(2) == 0};
      }
      auto& made = add(column(table_.columns.size() + 1, name, rule.type, rule.nullable));
      if (rule.filled) made.default_value = encoded(of_row(algebra::constant(number(1))));
      rules.emplace(name, rule);
    }
    value::ObjectBuilder given;
    given.set("id", number(1));
    for (const char* name : {"c", "a", "b"}) {
      if (random.below(4) != 0) given.set(name, random_value(random));
    }
    const Value after = std::move(given).build();
    std::optional<value::ObjectBuilder> expected(after);
    for (const auto& [name, rule] : rules) {
      const auto stored = model(rule, after.find(name));
      if (!stored) expected.reset();
      if (!stored) break;
      expected->set(name, *stored);
    }
    const auto made = apply(after);
    ASSERT_EQ(made.has_value(), expected.has_value()) << value::to_json(after);
    if (!made) continue;
    ASSERT_EQ(*made, std::move(*expected).build()) << value::to_json(after);
  }
}

}  // namespace
}  // namespace octavo::layout
