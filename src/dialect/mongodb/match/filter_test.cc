// The cases of testdata/*.json: which documents a filter holds of, or the code of its error.
//
//   {"filter": {"a": 1}, "yes": [{"a": 1}], "no": [{"a": 2}, {}]}
//   {"filter": {"a": {"$in": 1}}, "code": 2}
//   {"filter": …, "place": "partial_index", "code": 224}

#include "dialect/mongodb/match/filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/conditions.h"
#include "dialect/mongodb/match/equalities.h"
#include "dialect/mongodb/match/position.h"
#include "dialect/mongodb/testing/case_files.h"
#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/type.h"
#include "function/family.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/match/testdata";

struct PlaceName {
  std::string_view name;
  FilterPlace place;
};
constexpr PlaceName kPlaces[] = {
    {"query", FilterPlace::query},
    {"match_stage", FilterPlace::match_stage},
    {"validator", FilterPlace::validator},
    {"partial_index", FilterPlace::partial_index},
    {"array_filter", FilterPlace::array_filter},
    {"pull", FilterPlace::pull},
};

Value json(std::string_view text) {
  auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

class Request {
 public:
  Result<ExprPtr> parse(const Value& filter, FilterPlace place = FilterPlace::query) {
    return parse_filter(filter, {.variables = variables_, .place = place});
  }
  ExprPtr parse_text(std::string_view text) {
    auto filter = parse(json(text));
    EXPECT_TRUE(filter) << text;
    return filter ? *filter : algebra::constant(Value());
  }

 private:
  VariableIds ids_;
  Variables variables_{ids_, RequestFacts()};
};

// "yes", "no", or the number of the error.
std::string outcome(const ExprPtr& filter, const Value& document) {
  function::EvalContext context;
  const auto item = evaluate_item(filter, {&document, 1}, context);
  if (!item) return std::to_string(item.error().number);
  return is_truthy(*item) ? "yes" : "no";
}

FilterPlace place_of(const Value& test) {
  const Value* name = test.find("place");
  if (name == nullptr) return FilterPlace::query;
  return std::ranges::find(kPlaces, name->as_string(), &PlaceName::name)->place;
}

class Filters : public ::testing::TestWithParam<std::string> {};

TEST_P(Filters, Hold) {
  const auto cases = testing::read_cases(kFolder, GetParam());
  ASSERT_TRUE(cases) << cases.error().what;
  for (const Value& test : *cases) {
    const std::string text = testing::write_ejson(test);
    Request request;
    const auto filter = request.parse(*test.find("filter"), place_of(test));
    if (const Value* code = test.find("code")) {
      ASSERT_FALSE(filter) << text;
      EXPECT_EQ(filter.error().number, code->as_int64()) << text << filter.error().what;
      continue;
    }
    ASSERT_TRUE(filter) << text << filter.error().what;
    for (const std::string name : {"yes", "no"}) {
      const Value* documents = test.find(name);
      if (documents == nullptr) continue;
      for (const Value& document : documents->as_array()) {
        EXPECT_EQ(outcome(*filter, document), name)
            << text << " of " << testing::write_ejson(document);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Match, Filters, ::testing::ValuesIn(testing::case_files(kFolder)),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

// Stored filters come back with arguments of any form: an error, and never a fault.
TEST(Filter, AnOperandOfAnotherFormIsAnError) {
  Request request;
  const ExprPtr filter = request.parse_text(R"({"a": {"$mod": [2, 1]}})");
  const auto& lambda = std::get<algebra::Lambda>(filter->node);
  algebra::Call call = std::get<algebra::Call>(lambda.body->node);
  for (const Value& operand : {Value(), Value::string("x"), Value::array({Value::int64(0)})}) {
    call.args[2] = algebra::constant(operand);
    const ExprPtr broken = algebra::lambda(lambda.params, algebra::call(call.function, call.args));
    const Value document = json(R"({"a": 3})");
    function::EvalContext context;
    const auto item = evaluate_item(broken, {&document, 1}, context);
    ASSERT_FALSE(item);
    EXPECT_EQ(item.error().code, Code::type_mismatch);
  }
}

TEST(Filter, ReadsTheFieldsThatItNames) {
  Request request;
  const ExprPtr filter = request.parse_text(
      R"({"a.b": 1, "$or": [{"c": 2}, {"d": {"$elemMatch": {"e": 1}}}], "f": {"$ne": 1}})");
  const auto fields = function::fields_read(filter);
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (std::vector<std::string>{"a", "c", "d", "f"}));
}

// Rows of other protocols have types that BSON lacks.
TEST(Filter, KnowsValuesThatBsonLacks) {
  const Value row = Value::object({{"time", Value::duration(3'600'000'000'000)},
                                   {"day", Value::date(1)},
                                   {"large", Value::uint64(18'446'744'073'709'551'615U)}});
  const char* filters[] = {
      R"({"time": "01:00:00"})",
      R"({"time": {"$gt": "00:59:59"}})",
      R"({"time": {"$type": "string", "$regex": "^01"}})",
      R"({"day": {"$date": {"$numberLong": "86400000"}}})",
      R"({"day": {"$type": "date"}})",
      R"({"large": {"$gt": {"$numberLong": "9223372036854775807"}}})",
      R"({"large": {"$type": "decimal"}})",
  };
  for (const char* filter : filters) {
    Request request;
    EXPECT_EQ(outcome(request.parse_text(filter), row), "yes") << filter;
  }
}

TEST(Filter, IsNotTheSameEachTimeWithASample) {
  Request request;
  EXPECT_FALSE(function::is_deterministic(request.parse_text(R"({"$sampleRate": 0.5})")));
  EXPECT_TRUE(function::is_deterministic(request.parse_text(R"({"a": 5})")));
}

TEST(Filter, LongArraysCountAsWork) {
  Request request;
  const ExprPtr filter = request.parse_text(R"({"a": 5})");
  const Value document =
      Value::object({{"a", Value::array(std::vector<Value>(10'000, Value::int64(1)))}});
  function::EvalContext context;
  context.limited = true;
  context.steps_left = 100;
  EXPECT_FALSE(evaluate_item(filter, {&document, 1}, context));
}

TEST(Conditions, AreTheTestsThatStandAlone) {
  Request request;
  const Conditions conditions = conditions_of(request.parse_text(
      R"({"a": {"$gt": 5, "$lte": 9}, "$and": [{"b.c": "x"}, {"d": {"$in": [2, 1]}}],
          "e": {"$ne": 3}, "f": {"$exists": false}, "g": {"$elemMatch": {"h": 1}},
          "$or": [{"i": 1}, {"j": 2}]})"));
  std::string text;
  for (const Condition& condition : conditions.conditions) {
    text += fmt::format("{} {} {}; ", fmt::join(condition.path, "."),
                        static_cast<int>(condition.kind), testing::write_ejson(condition.operand));
    EXPECT_NE(condition.expression, nullptr);
  }
  const auto kind = [](ConditionKind one) { return static_cast<int>(one); };
  EXPECT_EQ(text,
            fmt::format("a {} {}; a {} {}; b.c {} \"x\"; d {} {}; e {} {}; f {} null; g {} null; ",
                        kind(ConditionKind::greater), testing::write_ejson(Value::int32(5)),
                        kind(ConditionKind::less_or_equal), testing::write_ejson(Value::int32(9)),
                        kind(ConditionKind::equal), kind(ConditionKind::in),
                        testing::write_ejson(Value::array({Value::int32(1), Value::int32(2)})),
                        kind(ConditionKind::not_equal), testing::write_ejson(Value::int32(3)),
                        kind(ConditionKind::not_exists), kind(ConditionKind::element)));
  EXPECT_EQ(conditions.rest.size(), 1U);
  EXPECT_NE(conditions.conditions.back().function, nullptr);
}

TEST(Conditions, OfAnotherFunctionAllIsTheRest) {
  const Conditions conditions = conditions_of(algebra::constant(Value::boolean(true)));
  EXPECT_TRUE(conditions.conditions.empty());
  EXPECT_EQ(conditions.rest.size(), 1U);
}

struct PositionCase {
  const char* filter;
  const char* document;
  std::optional<std::size_t> position;
};

TEST(Position, IsThatOfTheElementThatWasFound) {
  const PositionCase cases[] = {
      {R"({"a": 3})", R"({"a": [1, 3, 3]})", 1},
      {R"({"a": {"$gt": 1}})", R"({"a": [1, 2, 3]})", 1},
      {R"({"a.b": 2})", R"({"a": [{"b": 1}, {"b": 2}]})", 1},
      {R"({"a.b": 5})", R"({"a": [{"b": [4]}, {"b": [1, 5]}]})", 1},
      {R"({"a": {"$elemMatch": {"x": 2}}})", R"({"a": [{"x": 1}, {"x": 2}]})", 1},
      {R"({"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}})", R"({"a": [5, 0, 2]})", 2},
      {R"({"a": 1, "b": 2})", R"({"a": [1], "b": [0, 0, 2]})", 2},
      {R"({"a": {"$gt": 1}, "$and": [{"a": {"$lt": 5}}]})", R"({"a": [1, 2, 3]})", 1},
      {R"({"a": 1})", R"({"a": 1})", std::nullopt},
      {R"({"a": [1, 2]})", R"({"a": [1, 2]})", std::nullopt},
      {R"({"a": 9})", R"({"a": [1]})", std::nullopt},
      {R"({"a": {"$ne": 9}})", R"({"a": [1]})", std::nullopt},
      {R"({"$nor": [{"a": 9}]})", R"({"a": [1]})", std::nullopt},
      {R"({"a.0": 1})", R"({"a": [1]})", std::nullopt},
      {R"({"$or": [{"a": 1}, {"b": 1}]})", R"({"a": [1], "b": 1})", std::nullopt},
      {R"({"$or": [{"a": 7}, {"a": 2}]})", R"({"a": [1, 2]})", 1},
      {R"({"a": {"$in": [3, 4]}})", R"({"a": [1, 4]})", 1},
      {R"({"a": {"$size": 1}})", R"({"a": [1]})", std::nullopt},
  };
  for (const PositionCase& test : cases) {
    Request request;
    function::EvalContext context;
    const auto position =
        matched_element(request.parse_text(test.filter), json(test.document), context);
    ASSERT_TRUE(position) << test.filter;
    EXPECT_EQ(*position, test.position) << test.filter << " of " << test.document;
  }
}

struct EqualityCase {
  const char* filter;
  const char* equalities;  // or the number of an error
};

TEST(Equalities, AreWhatAnUpsertBeginsWith) {
  const EqualityCase cases[] = {
      {R"({"a": 1, "b.c": "x"})", R"(a=1 b.c="x" )"},
      {R"({"a": {"$eq": 1}, "b": {"$gt": 5}})", R"(a=1 )"},
      {R"({"$and": [{"a": 1}, {"$and": [{"b": 2}]}]})", R"(a=1 b=2 )"},
      {R"({"$or": [{"a": 1}]})", R"(a=1 )"},
      {R"({"$or": [{"a": 1}, {"b": 1}]})", ""},
      {R"({"a": {"$in": [1]}, "b": {"$all": [2]}})", R"(a=1 b=2 )"},
      {R"({"a": {"$in": [1, 2]}})", ""},
      {R"({"a": {"$ne": 1}, "$nor": [{"b": 1}]})", ""},
      {R"({"a": {"$regularExpression": {"pattern": "x", "options": ""}}})", ""},
      {R"({"a": null})", "a=null "},
      {R"({"a": 1, "$and": [{"a": 1}]})", "a=1 "},
      {R"({"a": 1, "$and": [{"a": 2}]})", "54"},
      {R"({"a": {"x": 1}, "a.x": 1})", "54"},
      {R"({"a.x": 1, "a": {"x": 1}})", "54"},
      {R"({"a.x": 1, "a.y": 1})", "a.x=1 a.y=1 "},
  };
  for (const EqualityCase& test : cases) {
    Request request;
    const auto equalities = equalities_of(request.parse_text(test.filter));
    std::string text;
    if (!equalities) {
      text = std::to_string(equalities.error().number);
    } else {
      for (const Equality& one : *equalities) {
        text += fmt::format("{}={} ", fmt::join(one.path, "."),
                            one.value.type() == value::Type::int64
                                ? std::to_string(one.value.as_int64())
                                : testing::write_ejson(one.value));
      }
    }
    EXPECT_EQ(text, test.equalities) << test.filter;
  }
}

}  // namespace
}  // namespace octavo::mongodb
