#include <gtest/gtest.h>

#include <array>
#include <ranges>

#include "base/random.h"
#include "dialect/sql/aggregate/rows.h"
#include "function/family.h"
#include "function/grouped_states.h"
#include "function/program.h"
#include "value/decimal.h"
#include "value/notation.h"
#include "value/random_value.h"

namespace octavo::sql {
namespace {

using enum AggregateNumber;
using function::AggregateRow;
using value::Value;

Value read(std::string_view notation) {
  auto value = value::read_notation(notation);
  EXPECT_TRUE(value.has_value()) << notation;
  return value.value_or(Value());
}

std::string written(const Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

std::vector<algebra::Option> options_of(const Value& object) {
  std::vector<algebra::Option> options;
  for (const value::Field& field : object.as_object()) {
    options.push_back({field.name, algebra::constant(field.value)});
  }
  return options;
}

const AggregateRow& row_of(AggregateNumber number) {
  for (const AggregateRow& row : aggregate_rows()) {
    if (row.number == std::to_underlying(number)) return row;
  }
  ADD_FAILURE() << "no row";
  return aggregate_rows().front();
}

Result<Value> aggregate(AggregateNumber number, const Value& options, const Value& arguments,
                        function::EvalContext& context) {
  TRY(auto state, row_of(number).make(options_of(options), context));
  for (const Value& argument : arguments.as_array()) TRY_STATUS(state->add(argument));
  return state->result();
}

struct Case {
  AggregateNumber number;
  std::string_view options, arguments, result;
};

TEST(Aggregates, Cases) {
  const Case cases[] = {
      {count, "{}", "[1,null,0,\"\"]", "3"},
      {count, "{}", "[]", "0"},
      {count_distinct, "{}", "[[1,2],[1,2],[2,1],[null,1],[1,null]]", "2"},
      {count_distinct, "{}", "[[1],[1.0],[#decimal\"1.00\"]]", "1"},

      {sum_exact, "{}", "[1,2,null,-5]", "#decimal\"-2\""},
      {sum_exact, "{}", "[9223372036854775807,9223372036854775807,18446744073709551615]",
       "#decimal\"36893488147419103229\""},
      {sum_exact, "{}", "[-9223372036854775808,-9223372036854775808]",
       "#decimal\"-18446744073709551616\""},
      {sum_exact, "{\"scale\":2}", "[#decimal\"0.10\",#decimal\"0.20\",1]", "#decimal\"1.30\""},
      {sum_exact, "{\"scale\":2}", "[]", "null"},
      {sum_exact, "{\"scale\":2}", "[null]", "null"},
      {sum_exact, "{\"distinct\":true}", "[1,1,2,null]", "#decimal\"3\""},
      {average_exact, "{\"scale\":4}", "[1,2]", "#decimal\"1.5000\""},
      {average_exact, "{\"scale\":4}", "[1,1,2]", "#decimal\"1.3333\""},
      {average_exact, "{\"scale\":4}", "[2,2,1]", "#decimal\"1.6667\""},
      {average_exact, "{\"scale\":4,\"distinct\":true}", "[2,2,1]", "#decimal\"1.5000\""},
      {sum_real, "{}", "[0.1,0.2]", "0.30000000000000004"},
      {sum_real, "{}", "[]", "null"},
      {average_real, "{}", "[1.0,2.0,null]", "1.5"},
      {average_real, "{\"distinct\":true}", "[1.0,1.0,2.0]", "1.5"},

      {minimum, "{}", "[3,null,1,2]", "1"},
      {maximum, "{}", "[3,null,1,2]", "3"},
      {maximum, "{}", "[null]", "null"},
      {minimum_by, "{}", "[[\"b\",\"B\"],[\"a\",\"A\"],[null,null],[\"a\",\"a\"]]", "\"A\""},
      {maximum_by, "{}", "[[\"b\",\"B\"],[\"a\",\"A\"],[null,null]]", "\"B\""},
      {any_value, "{}", "[null,1]", "null"},
      {any_value, "{}", "[2,1]", "2"},
      {any_value, "{}", "[]", "null"},

      {bit_and, "{}", "[]", "18446744073709551615"},
      {bit_and, "{}", "[7,null,13]", "5"},
      {bit_or, "{}", "[1,4,-9223372036854775808]", "9223372036854775813"},
      {bit_xor, "{}", "[7,2,2]", "7"},
      {bit_xor, "{}", "[]", "0"},

      {variance, "{}", "[2.0,4.0,4.0,4.0,5.0,5.0,7.0,9.0,null]", "4.0"},
      {deviation, "{}", "[2.0,4.0,4.0,4.0,5.0,5.0,7.0,9.0]", "2.0"},
      {sample_variance, "{}", "[1.0,3.0]", "2.0"},
      {sample_variance, "{}", "[1.0]", "null"},
      {sample_deviation, "{}", "[1.0]", "null"},
      {variance, "{}", "[1.0]", "0.0"},
      {variance, "{}", "[]", "null"},

      {group_concat, "{\"separator\":\",\"}", R"([["a","a"],[null,null],["b","b"]])", "\"a,b\""},
      {group_concat, "{\"separator\":\"\"}", R"([["a","a"],["","b"]])", "\"a\""},
      {group_concat, "{\"separator\":\",\"}", "[]", "null"},
      {group_concat, "{\"separator\":\",\"}", "[[null,null]]", "null"},
      {group_concat, R"({"separator":",","distinct":true})", R"([["a",1],["A",1],["b",2]])",
       "\"a,b\""},
      {group_concat, R"({"separator":"-","descending":[false,true]})",
       R"([["a",0,2,1],["b",0,1,1],["c",0,1,2],["d",0,null,0]])", "\"d-c-b-a\""},
      {group_concat, R"({"separator":",","binary":true})", R"([[#bytes"AQI=",0],["x",0]])",
       "#bytes\"AQIseA==\""},

      {json_array, "{}", R"([1,null,"a",[2],#undefined])", R"([1,null,"a",[2],null])"},
      {json_array, "{}", "[]", "null"},
      {json_object, "{}", R"([["bb",1],["a",2],["c",null],["a",3]])", R"({"a":3,"c":null,"bb":1})"},
      {json_object, "{}", "[]", "null"},
  };
  for (const Case& one : cases) {
    function::EvalContext context;
    function::Notes notes;
    context.notes = &notes;
    const auto result = aggregate(one.number, read(one.options), read(one.arguments), context);
    ASSERT_TRUE(result.has_value()) << one.arguments << ": " << result.error().what;
    EXPECT_EQ(written(*result), one.result) << row_of(one.number).name << ' ' << one.arguments;
    EXPECT_EQ(notes.count(), 0U) << row_of(one.number).name << ' ' << one.arguments;
  }
}

TEST(Aggregates, ConcatenationIsCutAtACharacterWithOneWarning) {
  function::EvalContext context;
  function::Notes notes;
  context.notes = &notes;
  const Value options = read(R"({"separator":",","most":6})");
  EXPECT_EQ(written(*aggregate(group_concat, options, read(R"([["abc",0],["dé",0]])"), context)),
            R"("abc,d")");
  ASSERT_EQ(notes.count(), 1U);
  EXPECT_EQ(notes.kept()[0].number, 1260);
  EXPECT_EQ(notes.kept()[0].text, "Row 2 was cut by GROUP_CONCAT()");
  EXPECT_EQ(
      written(*aggregate(group_concat, options, read(R"([["abc",0],["de",0],["f",0]])"), context)),
      R"("abc,de")");
  EXPECT_EQ(notes.count(), 2U);
  EXPECT_EQ(written(*aggregate(group_concat, options, read(R"([["abc",0],["de",0]])"), context)),
            R"("abc,de")");
  EXPECT_EQ(notes.count(), 2U);
}

TEST(Aggregates, WhatIsTooLargeIsAnError) {
  function::EvalContext context;
  const auto sum = aggregate(sum_real, read("{}"), read("[1e308,1e308]"), context);
  ASSERT_FALSE(sum.has_value());
  EXPECT_EQ(sum.error().number, 1690);
  const std::string nines(65, '9');
  const Value huge = Value::decimal(*value::Decimal::parse(nines));
  const auto exact = aggregate(sum_exact, read("{}"), Value::array({huge, huge}), context);
  ASSERT_FALSE(exact.has_value());
  EXPECT_EQ(exact.error().number, 1690);
  const auto name = aggregate(json_object, read("{}"), read("[[null,1]]"), context);
  ASSERT_FALSE(name.has_value());
  EXPECT_EQ(name.error().number, 3158);
}

// What is added at the end and taken out at the beginning, against what is added to a new state.
TEST(Aggregates, SlideOverTheirArguments) {
  const std::pair<AggregateNumber, std::string_view> sliding[] = {
      {count, "{}"},
      {sum_exact, "{\"scale\":2}"},
      {average_exact, "{\"scale\":4}"},
      {bit_xor, "{}"},
      {minimum, "{\"sliding\":true}"},
      {maximum, "{\"sliding\":true}"},
      {minimum_by, "{\"sliding\":true}"},
      {maximum_by, "{\"sliding\":true}"},
  };
  Random random(3);
  for (const auto& [number, options] : sliding) {
    const bool keyed = number == minimum_by || number == maximum_by;
    std::vector<Value> arguments;
    for (std::int64_t i = 0; i < 200; ++i) {
      Value argument =
          random.below(5) == 0 ? Value() : Value::int64(static_cast<std::int64_t>(random.below(8)));
      if (number == sum_exact && random.below(3) == 0) argument = read("#decimal\"1.25\"");
      if (keyed) argument = Value::array({argument, Value::int64(i)});
      arguments.push_back(std::move(argument));
    }
    function::EvalContext context;
    auto state = row_of(number).make(options_of(read(options)), context);
    ASSERT_TRUE(state.has_value());
    ASSERT_TRUE((*state)->removes()) << row_of(number).name;
    std::size_t begin = 0;
    for (std::size_t end = 1; end <= arguments.size(); ++end) {
      ASSERT_TRUE((*state)->add(arguments[end - 1]));
      for (std::uint64_t n = random.below(3); n > 0 && begin < end; --n) {
        ASSERT_TRUE((*state)->remove(arguments[begin++]));
      }
      std::vector<Value> held(arguments.begin() + static_cast<std::ptrdiff_t>(begin),
                              arguments.begin() + static_cast<std::ptrdiff_t>(end));
      const auto expected =
          aggregate(number, read(number == sum_exact || number == average_exact ? options : "{}"),
                    Value::array(std::move(held)), context);
      const auto got = (*state)->result();
      ASSERT_TRUE(got && expected);
      ASSERT_EQ(written(*got), written(*expected))
          << row_of(number).name << ' ' << begin << ' ' << end;
    }
  }
}

// Rows of a batch, some of which are null, in parts: what their values come to one by one.
TEST(Aggregates, TakeRowsOfBatches) {
  using function::Form;
  using function::Operand;
  using function::Shape;
  const std::pair<AggregateNumber, std::string_view> kinds[] = {
      {count, "{}"},
      {sum_exact, R"({"scale":4})"},
      {average_exact, R"({"scale":4})"},
      {sum_real, "{}"},
      {average_real, "{}"},
      {minimum, "{}"},
      {maximum, "{}"},
      {any_value, "{}"},
      {sum_exact, R"({"distinct":true})"},
      {bit_or, "{}"},
  };
  constexpr std::size_t kRows = 64;
  Random random(17);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::int64_t> units;
    std::vector<double> reals;
    std::vector<std::uint8_t> states;
    for (std::size_t i = 0; i < kRows; ++i) {
      units.push_back(random.below(20) == 0 ? INT64_MAX - static_cast<std::int64_t>(i)
                                            : static_cast<std::int64_t>(random.below(99)) - 40);
      reals.push_back(static_cast<double>(random.below(1000)) / 7 - 50);
      states.push_back(random.below(4) == 0 ? function::kNull : function::kPresent);
    }
    const auto& [number, options] = kinds[static_cast<std::size_t>(round) % std::size(kinds)];
    const bool is_real = number == sum_real || number == average_real;
    const bool is_bits = number == bit_or;
    Operand operand{.values = units.data(), .states = states.data(), .form = Form::integer};
    if (is_real) operand = {.values = reals.data(), .states = states.data(), .form = Form::real};
    if (!is_real && !is_bits && random.below(2) == 0) {
      operand.form = Form::decimal;
      operand.scale = 2;
    }
    if (random.below(4) == 0) operand.states = nullptr;
    function::EvalContext context;
    auto by_rows = row_of(number).make(options_of(read(options)), context);
    auto one_by_one = row_of(number).make(options_of(read(options)), context);
    ASSERT_TRUE(by_rows && one_by_one);
    for (int part = 0; part < 3; ++part) {
      std::vector<std::uint16_t> rows;
      for (std::size_t row = 0; row < kRows; ++row) {
        if (random.below(3) != 0) rows.push_back(static_cast<std::uint16_t>(row));
      }
      ASSERT_TRUE((*by_rows)->add_rows(operand, Shape::typed, rows));
      for (const std::uint16_t row : rows) {
        ASSERT_TRUE((*one_by_one)->add(*function::value_of(operand, Shape::typed, row)));
      }
    }
    const auto got = (*by_rows)->result();
    const auto expected = (*one_by_one)->result();
    ASSERT_TRUE(got && expected);
    ASSERT_EQ(written(*got), written(*expected)) << row_of(number).name;
  }
}

// States side by side come to what one state for each group does, also where numbers are of several
// scales and some come as values.
TEST(Aggregates, HaveStatesOfManyGroups) {
  using function::Form;
  using function::Operand;
  using function::Shape;
  constexpr std::size_t kRows = 64;
  constexpr std::uint64_t kGroups = 5;
  Random random(23);
  for (int round = 0; round < 400; ++round) {
    const auto number = std::array{count, sum_exact, average_exact, sum_real,
                                   average_real}[static_cast<std::size_t>(round) % 5];
    const bool is_real = number == sum_real || number == average_real;
    const auto options = options_of(read(is_real || number == count ? "{}" : R"({"scale":4})"));
    function::EvalContext context;
    std::vector<function::AggregateStatePtr> alone;
    for (std::uint64_t i = 0; i < kGroups; ++i) {
      auto state = row_of(number).make(options, context);
      ASSERT_TRUE(state);
      alone.push_back(*std::move(state));
    }
    const auto* const has = dynamic_cast<const function::HasGroupedStates*>(alone.front().get());
    ASSERT_NE(has, nullptr);
    const auto beside = has->grouped();
    for (std::uint64_t i = 0; i < kGroups; ++i) beside->add_group();
    for (int part = 0; part < 4; ++part) {
      std::vector<std::int64_t> units;
      std::vector<double> reals;
      std::vector<std::uint8_t> states;
      for (std::size_t i = 0; i < kRows; ++i) {
        units.push_back(random.below(20) == 0 ? INT64_MIN + static_cast<std::int64_t>(i)
                                              : static_cast<std::int64_t>(random.below(99)) - 40);
        reals.push_back(static_cast<double>(random.below(1000)) / 7 - 50);
        states.push_back(random.below(4) == 0 ? function::kNull : function::kPresent);
      }
      Operand operand{.values = units.data(), .states = states.data(), .form = Form::integer};
      if (is_real) operand = {.values = reals.data(), .states = states.data(), .form = Form::real};
      if (!is_real && random.below(2) == 0) {
        operand.form = Form::decimal;
        operand.scale = static_cast<std::uint8_t>(random.below(3));
      }
      if (random.below(4) == 0) operand.states = nullptr;
      std::vector<std::uint16_t> rows;
      std::vector<std::uint32_t> groups;
      for (std::size_t row = 0; row < kRows; ++row) {
        const auto group = static_cast<std::uint32_t>(random.below(kGroups));
        const Value value = *function::value_of(operand, Shape::typed, row);
        ASSERT_TRUE(alone[group]->add(value));
        if (part == 3) {
          ASSERT_TRUE(beside->add(group, value));
        } else {
          rows.push_back(static_cast<std::uint16_t>(row));
          groups.push_back(group);
        }
      }
      ASSERT_TRUE(beside->add_rows(operand, Shape::typed, rows, groups));
    }
    for (std::uint32_t group = 0; group < kGroups; ++group) {
      const auto got = beside->result(group);
      const auto expected = alone[group]->result();
      ASSERT_TRUE(got && expected);
      ASSERT_EQ(written(*got), written(*expected)) << row_of(number).name;
    }
  }
}

// Arguments of a form that no binder makes: an error or a result, never a fault.
TEST(Aggregates, TakeAnyValue) {
  Random random(7);
  for (int round = 0; round < 2'000; ++round) {
    const AggregateRow& row = aggregate_rows()[random.below(aggregate_rows().size())];
    function::EvalContext context;
    const auto options = options_of(
        read(random.below(2) == 0 ? "{}"
                                  : R"({"distinct":true,"scale":3,"most":9,"descending":[true]})"));
    auto state = row.make(options, context);
    ASSERT_TRUE(state.has_value());
    bool failed = false;
    for (int i = 0; i < 6 && !failed; ++i) {
      Value argument = value::random_value(random);
      if (random.below(2) == 0) argument = Value::array({argument, argument, argument});
      failed = !(*state)->add(argument).has_value();
    }
    if (failed) continue;
    const auto result = (*state)->result();
    if (!result) EXPECT_FALSE(result.error().what.empty()) << row.name;
  }
}

}  // namespace
}  // namespace octavo::sql
