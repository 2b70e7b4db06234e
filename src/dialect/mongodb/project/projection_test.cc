// The cases of testdata/*.json: what a projection of find or a stage makes of a document, or the
// code of its error.
//
//   {"projection": {"a": 1}, "doc": {"_id": 1, "a": 2, "b": 3}, "gives": {"_id": 1, "a": 2}}
//   {"projection": {"a.$": 1}, "filter": {"a": 2}, "doc": …, "gives": …}
//   {"stage": "$set", "spec": {"b": "$a"}, "doc": …, "gives": …}
//   {"projection": …, "code": 31254}          of a request; with "doc" of that document
//   "text": the message of an error

#include "dialect/mongodb/project/projection.h"

#include <gtest/gtest.h>

#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/expression/lambda.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/testing/case_files.h"
#include "dialect/mongodb/testing/ejson.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/project/testdata";

Value json(std::string_view text) {
  auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

Result<ExprPtr> parse(const Value& test, const Variables& variables) {
  if (const Value* name = test.find("stage")) {
    const ShapingStage* stage = find_shaping_stage(name->as_string());
    if (stage == nullptr) return fail(Code::internal, "no such stage");
    return stage->parse(*test.find("spec"), variables);
  }
  const Value* filter = test.find("filter");
  TRY(const ExprPtr lambda,
      parse_filter(filter == nullptr ? Value::object({}) : *filter, {.variables = variables}));
  return parse_projection(*test.find("projection"), lambda, {.variables = variables});
}

Result<Item> run(const Value& test) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  TRY(const ExprPtr lambda, parse(test, variables));
  const Value* document = test.find("doc");
  if (document == nullptr) return fail(Code::internal, "the request is no error");
  function::EvalContext context;
  return evaluate_item(lambda, {document, 1}, context);
}

class Projections : public ::testing::TestWithParam<std::string> {};

TEST_P(Projections, Make) {
  const auto cases = testing::read_cases(kFolder, GetParam());
  ASSERT_TRUE(cases) << cases.error().what;
  for (const Value& test : *cases) {
    EXPECT_EQ(testing::mismatch(test, run(test)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Project, Projections, ::testing::ValuesIn(testing::case_files(kFolder)),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

TEST(Projection, ThatIsEmptyIsNone) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto lambda = parse_projection(Value::object({}), nullptr, {.variables = variables});
  ASSERT_TRUE(lambda);
  EXPECT_EQ(*lambda, nullptr);
}

TEST(Projection, ReadsTheFieldsThatItNames) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto inclusion =
      parse_projection(json(R"({"a": 1, "b.c": 1, "d": "$e.f", "g": {"$elemMatch": {"x": 1}}})"),
                       nullptr, {.variables = variables});
  ASSERT_TRUE(inclusion);
  EXPECT_EQ(fields_read(*inclusion), (std::vector<std::string>{"_id", "a", "b", "e", "g"}));
  const auto exclusion = parse_projection(json(R"({"a": 0})"), nullptr, {.variables = variables});
  ASSERT_TRUE(exclusion);
  EXPECT_EQ(fields_read(*exclusion), std::nullopt);
}

TEST(Projection, IsRefusedWithATreeOfAnotherForm) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto lambda = parse_projection(json(R"({"a": "$b"})"), nullptr, {.variables = variables});
  ASSERT_TRUE(lambda);
  const auto& function = std::get<algebra::Lambda>((*lambda)->node);
  algebra::Call call = std::get<algebra::Call>(function.body->node);
  const Value document = json(R"({"_id": 1, "a": 2})");
  for (const Value& tree : {Value(), json(R"({"a": 7})"), json(R"({"a": -1})")}) {
    call.args[2] = algebra::constant(tree);
    function::EvalContext context;
    const auto item =
        evaluate_item(algebra::lambda(function.params, algebra::call(call.function, call.args)),
                      {&document, 1}, context);
    EXPECT_FALSE(item) << testing::write_ejson(tree);
  }
}

}  // namespace
}  // namespace octavo::mongodb
