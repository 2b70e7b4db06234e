// States of aggregates by themselves; what they give for documents is in the cases of pipelines.

#include <gtest/gtest.h>

#include "base/random.h"
#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/type.h"
#include "function/family.h"
#include "value/random_value.h"

namespace octavo::mongodb {
namespace {

using function::AggregateRow;
using function::AggregateStatePtr;
using value::Value;

const AggregateRow& row_of(AggregateNumber number) {
  for (const AggregateRow& row : aggregate_rows()) {
    if (row.number == static_cast<std::uint16_t>(number)) return row;
  }
  return aggregate_rows().front();
}

std::vector<algebra::Option> options_of(std::string_view text) {
  std::vector<algebra::Option> options;
  const Value fields = *testing::read_ejson(text);
  for (const value::Field& field : fields.as_object()) {
    options.push_back({field.name, algebra::constant(field.value)});
  }
  return options;
}

struct SlidingCase {
  AggregateNumber number;
  std::string_view options;
  bool pairs = false;
};

// What is added at the end and taken out at the beginning, against what is added to a new state.
TEST(MongoAggregates, SlideOverTheirArguments) {
  const SlidingCase cases[] = {
      {AggregateNumber::sum, "{}"},
      {AggregateNumber::average, "{}"},
      {AggregateNumber::count, "{}"},
      {AggregateNumber::minimum, R"({"sliding":true})"},
      {AggregateNumber::maximum, R"({"sliding":true})"},
      {AggregateNumber::push, "{}"},
      {AggregateNumber::first_known, "{}"},
      {AggregateNumber::covariance, "{}", true},
      {AggregateNumber::sample_covariance, "{}", true},
      {AggregateNumber::derivative, "{}", true},
      {AggregateNumber::integral, "{}", true},
  };
  Random random(11);
  for (const SlidingCase& one : cases) {
    const AggregateRow& row = row_of(one.number);
    std::vector<Value> arguments;
    for (std::int32_t i = 0; i < 150; ++i) {
      Value value = random.below(5) == 0 && !one.pairs
                        ? Value()
                        : Value::int32(static_cast<std::int32_t>(random.below(9)));
      arguments.push_back(one.pairs ? Value::array({Value::int32(i), value}) : value);
    }
    function::EvalContext context;
    const auto options = options_of(one.options);
    auto state = row.make(options, context);
    ASSERT_TRUE(state.has_value());
    ASSERT_TRUE((*state)->removes()) << row.name;
    std::size_t begin = 0;
    for (std::size_t end = 1; end <= arguments.size(); ++end) {
      ASSERT_TRUE((*state)->add(arguments[end - 1]));
      for (std::uint64_t n = random.below(3); n > 0 && begin < end; --n) {
        ASSERT_TRUE((*state)->remove(arguments[begin++]));
      }
      auto fresh = row.make(options, context);
      ASSERT_TRUE(fresh.has_value());
      for (std::size_t i = begin; i < end; ++i) ASSERT_TRUE((*fresh)->add(arguments[i]));
      const auto got = (*state)->result();
      const auto expected = (*fresh)->result();
      ASSERT_TRUE(got && expected);
      ASSERT_EQ(testing::write_ejson(*got), testing::write_ejson(*expected))
          << row.name << ' ' << begin << ' ' << end;
    }
  }
}

// Arguments of a form that no parser makes: an error or a result, never a fault.
TEST(MongoAggregates, TakeAnyValue) {
  const std::string_view options[] = {"{}",
                                      R"({"n":3})",
                                      R"({"keyed":true})",
                                      R"({"n":2,"descending":[true]})",
                                      R"({"keyed":true,"descending":[true,false]})",
                                      R"({"p":[0.5],"alpha":0.5,"unit_ms":1000})"};
  Random random(7);
  for (int round = 0; round < 4'000; ++round) {
    const AggregateRow& row = aggregate_rows()[random.below(aggregate_rows().size())];
    function::EvalContext context;
    const auto chosen = options_of(options[random.below(std::size(options))]);
    auto state = row.make(chosen, context);
    if (!state) continue;
    bool failed = false;
    for (int i = 0; i < 6 && !failed; ++i) {
      Value argument = value::random_value(random);
      if (random.below(2) == 0) argument = Value::array({argument, argument});
      if (random.below(3) == 0) argument = Value::array({Value::int32(2), argument});
      failed = !(*state)->add(argument).has_value();
    }
    if (failed) continue;
    const auto result = (*state)->result();
    if (!result) EXPECT_FALSE(result.error().what.empty()) << row.name;
  }
}

TEST(MongoAggregates, HoldSoMuchAndNoMore) {
  constexpr std::size_t kLarge = 1024 * 1024;
  const Value large = Value::string(std::string(kLarge, 'x'));
  for (const AggregateNumber number : {AggregateNumber::push, AggregateNumber::first_n}) {
    function::EvalContext context;
    auto state = row_of(number).make(options_of(R"({"n":1000})"), context);
    ASSERT_TRUE(state.has_value());
    Status added;
    for (int i = 0; i < 101 && added; ++i) added = (*state)->add(large);
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().number, 146U);
  }
}

}  // namespace
}  // namespace octavo::mongodb
