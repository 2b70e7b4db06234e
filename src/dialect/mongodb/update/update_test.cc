// The cases of testdata/*.json: what an update makes of a document, or the code of its error.
//
//   {"update": {"$inc": {"a": 1}}, "doc": {"_id": 1, "a": 2}, "gives": {"_id": 1, "a": 3}}
//   {"update": …, "doc": …, "same": true}      nothing changes
//   {"update": …, "filter": {"a": 1}, "upsert": true, "gives": …}
//   {"update": …, "code": 9}                   of a request; with "doc" of that document
//   "filters": what $[name] stands for; "multi"; "text": the message of an error

#include "dialect/mongodb/update/update.h"

#include <gtest/gtest.h>

#include <limits>

#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/testing/case_files.h"
#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/identical.h"
#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/update/testdata";
constexpr std::int64_t kNowMillis = 1'700'000'000'123;

Result<std::optional<Value>> run(const Value& test) {
  VariableIds ids;
  const RequestFacts facts{.now = date_of_millis(kNowMillis),
                           .cluster_time = Value::log_stamp(1'700'000'000, 7),
                           .user_roles = std::nullopt};
  const Variables variables(ids, facts);
  const Value* filter = test.find("filter");
  TRY(const algebra::ExprPtr lambda,
      parse_filter(filter == nullptr ? Value::object({}) : *filter, {.variables = variables}));
  const Value* filters = test.find("filters");
  TRY(const Update update,
      Update::parse(*test.find("update"),
                    filters == nullptr ? value::ArrayView() : filters->as_array(),
                    {.variables = variables, .multi = test.find("multi") != nullptr}));
  function::EvalContext context;
  if (test.find("upsert") != nullptr) {
    TRY(Value made, update.make_upsert(lambda, context));
    return std::optional(std::move(made));
  }
  const Value* document = test.find("doc");
  if (document == nullptr) return fail(Code::internal, "the request is no error");
  return update.apply(*document, lambda, context);
}

class Updates : public ::testing::TestWithParam<std::string> {};

TEST_P(Updates, Make) {
  const auto cases = testing::read_cases(kFolder, GetParam());
  ASSERT_TRUE(cases) << cases.error().what;
  for (const Value& test : *cases) {
    EXPECT_EQ(testing::mismatch(test, run(test)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Update, Updates, ::testing::ValuesIn(testing::case_files(kFolder)),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

TEST(Update, KnowsWhetherItReplaces) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto replacement = Update::parse(Value::object({}), {}, {.variables = variables});
  ASSERT_TRUE(replacement);
  EXPECT_TRUE(replacement->is_replacement());
  const auto pipeline = Update::parse(Value::array({}), {}, {.variables = variables});
  ASSERT_TRUE(pipeline);
  EXPECT_FALSE(pipeline->is_replacement());
}

TEST(Identical, IsByKindAndByOrder) {
  const auto object = [](std::string a, std::string b) {
    return Value::object({{std::move(a), Value::int32(1)}, {std::move(b), Value::int32(1)}});
  };
  const Value different[] = {
      Value::null(),
      Value::undefined(),
      Value::boolean(false),
      Value::int32(0),
      Value::int64(0),
      Value::float64(0.0),
      Value::float64(-0.0),
      Value::float64(std::numeric_limits<double>::quiet_NaN()),
      Value::decimal(*value::Decimal::parse("0")),
      Value::decimal(*value::Decimal::parse("0.0")),
      Value::decimal(*value::Decimal::parse("-0")),
      Value::decimal(value::Decimal::nan()),
      Value::string("0"),
      Value::symbol("0"),
      Value::bytes("0"),
      Value::bytes("0", 2),
      Value::array({}),
      Value::array({Value::null()}),
      Value::object({}),
      object("a", "b"),
      object("b", "a"),
      Value::regex("a", ""),
      Value::regex("a", "i"),
      Value::javascript("a", std::nullopt),
      Value::javascript("a", Value::object({})),
      Value::log_stamp(1, 2),
      Value::log_stamp(2, 1),
      date_of_millis(0),
      date_of_millis(1),
      Value::min_key(),
      Value::max_key(),
  };
  for (const Value& a : different) {
    for (const Value& b : different) {
      EXPECT_EQ(identical(a, b), &a == &b)
          << testing::write_ejson(a) << " and " << testing::write_ejson(b);
    }
  }
}

}  // namespace
}  // namespace octavo::mongodb
