// Programs against the evaluator: the filters of the cases of `match`, each over the documents of
// all cases.

#include "dialect/mongodb/family/kernels.h"

#include <gtest/gtest.h>

#include "dialect/mongodb/accumulator/operations.h"
#include "dialect/mongodb/accumulator/sort_pattern.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/testing/case_files.h"
#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/type.h"
#include "function/field_operands.h"
#include "function/program.h"
#include "value/document.h"
#include "value/field_decoder.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using function::Shape;
using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/match/testdata";
constexpr algebra::VarId kRow{7};

struct Given {
  std::vector<Value> filters;
  std::vector<Value> documents;
};

Given read_all() {
  Given given;
  for (const std::string& file : testing::case_files(kFolder)) {
    const auto cases = testing::read_cases(kFolder, file);
    EXPECT_TRUE(cases) << file;
    for (const Value& test : *cases) {
      if (test.find("code") != nullptr || test.find("place") != nullptr) continue;
      given.filters.push_back(*test.find("filter"));
      for (const std::string_view name : {"yes", "no"}) {
        const Value* found = test.find(name);
        if (found == nullptr) continue;
        for (const Value& document : found->as_array()) given.documents.push_back(document);
      }
    }
  }
  return given;
}

// The result of a program for each document; nothing where it is the evaluator's. `missing_value`
// where there is none.
using Results = std::vector<std::optional<Result<Value>>>;

std::optional<Results> run(const ExprPtr& lambda, Shape shape, std::span<const Value> documents) {
  function::FieldList fields;
  const auto program = function::Program::compile(lambda, shape, fields);
  if (program == nullptr) return std::nullopt;
  Results results;
  for (std::size_t from = 0; from < documents.size(); from += value::kBatchRows) {
    const auto part = documents.subspan(from, std::min(value::kBatchRows, documents.size() - from));
    value::FieldDecoder decoder(function::requests_of(fields.fields()));
    for (const Value& document : part) {
      Bytes encoded;
      EXPECT_TRUE(value::encode_document(document, encoded));
      EXPECT_TRUE(decoder.add(encoded));
    }
    value::Batch batch;
    decoder.finish(batch);
    function::EvalContext context;
    auto operands = function::FieldOperands::make(fields.fields(), context);
    auto state = function::ProgramState::make(program, context);
    EXPECT_TRUE(operands && state);
    const auto set = operands->set(batch);
    EXPECT_TRUE(set);
    const function::Operand result = state->run(*set, part.size());
    for (std::size_t row = 0; row < part.size(); ++row) {
      auto& said = results.emplace_back();
      if (result.state(row) == function::kDeferred) continue;
      const auto value = function::value_of(result, program->shape(), row);
      said = value ? Result<Value>(*value) : fail(Code::missing_value, "");
    }
  }
  return results;
}

TEST(MongodbKernels, FiltersSayWhatTheEvaluatorSays) {
  const Given given = read_all();
  std::size_t programs = 0;
  std::size_t deferred = 0;
  std::size_t rows = 0;
  for (const Value& filter : given.filters) {
    VariableIds ids;
    const Variables variables(ids, RequestFacts());
    const auto lambda = parse_filter(filter, {.variables = variables});
    ASSERT_TRUE(lambda) << testing::write_ejson(filter);
    const auto results = run(*lambda, Shape::boolean, given.documents);
    if (!results) continue;
    ++programs;
    for (std::size_t i = 0; i < given.documents.size(); ++i) {
      ++rows;
      if (!(*results)[i]) {
        ++deferred;
        continue;
      }
      function::EvalContext context;
      const auto item = evaluate_item(*lambda, {&given.documents[i], 1}, context);
      ASSERT_TRUE(item) << testing::write_ejson(filter);
      ASSERT_TRUE(*(*results)[i]);
      EXPECT_EQ((*results)[i]->value().as_boolean(), is_truthy(*item))
          << testing::write_ejson(filter) << " of " << testing::write_ejson(given.documents[i]);
    }
  }
  EXPECT_GT(programs, given.filters.size() / 4);
  EXPECT_LT(deferred, rows / 2);
}

// With its mark: a group shows the key of its first document.
TEST(MongodbKernels, KeysOfGroupsKeepTheirTypes) {
  const std::vector<std::string> names{"a", "b"};
  const ExprPtr key =
      algebra::lambda({kRow}, call(op::kOrNull, {path_call(algebra::variable(kRow), names)}));
  const auto document = [](Value value) {
    return Value::object({{"a", Value::object({{"b", std::move(value)}})}});
  };
  const std::vector<Value> documents{document(Value::int32(5)), document(Value::int64(5)),
                                     document(Value()), Value::object({})};
  const auto results = run(key, Shape::any, documents);
  ASSERT_TRUE(results);
  EXPECT_TRUE((*results)[0]->value().is_int32());
  EXPECT_FALSE((*results)[1]->value().is_int32());
  EXPECT_TRUE((*results)[2]->value().is_null());
  EXPECT_TRUE((*results)[3]->value().is_null());
}

TEST(MongodbKernels, ArraysAreLeftToTheEvaluator) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto filter = testing::read_ejson(R"({"a.b": {"$gt": 1}})");
  const auto lambda = parse_filter(*filter, {.variables = variables});
  std::vector<Value> documents;
  for (const auto* const text :
       {R"({"a": [{"b": 2}]})", R"({"a": {"b": [0, 2]}})", R"({"a": {"b": 2}})"}) {
    documents.push_back(*testing::read_ejson(text));
  }
  const auto results = run(*lambda, Shape::boolean, documents);
  ASSERT_TRUE(results);
  EXPECT_FALSE((*results)[0]);
  EXPECT_FALSE((*results)[1]);
  ASSERT_TRUE((*results)[2]);
}

// What may stand in a field of arithmetic: kinds of numbers, their ends, and what is no number.
std::vector<Value> operands_of_arithmetic() {
  std::vector<Value> values;
  for (const auto* const text :
       {"3", "-7", "0", "2147483647", R"({"$numberLong": "5"})",
        R"({"$numberLong": "9223372036854775807"})", R"({"$numberLong": "9007199254740993"})",
        "0.1", "-0.0", "2.5", "1e308", R"({"$numberDouble": "NaN"})",
        R"({"$numberDouble": "Infinity"})", R"({"$numberDecimal": "1.5"})", "null", R"("x")", "[1]",
        R"({"$date": 5})", R"({"$undefined": true})"}) {
    const auto value = testing::read_ejson(text);
    EXPECT_TRUE(value) << text;
    if (value) values.push_back(*value);
  }
  return values;
}

// Each pair of operands as the fields of a document, and each with one of them missing.
std::vector<Value> pairs_of(std::span<const Value> values) {
  std::vector<Value> documents{Value::object({})};
  for (const Value& a : values) {
    documents.push_back(Value::object({{"a", a}}));
    documents.push_back(Value::object({{"b", a}}));
    for (const Value& b : values) documents.push_back(Value::object({{"a", a}, {"b", b}}));
  }
  return documents;
}

// Where the program says something, it is what the evaluator says, to the kind of number.
void expect_same(const ExprPtr& lambda, std::span<const Value> documents, std::string_view of) {
  const auto results = run(lambda, Shape::any, documents);
  ASSERT_TRUE(results) << of;
  std::size_t said = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (!(*results)[i]) continue;
    ++said;
    function::EvalContext context;
    const auto item = evaluate_item(lambda, {&documents[i], 1}, context);
    const std::string where = std::string(of) + " of " + testing::write_ejson(documents[i]);
    ASSERT_TRUE(item && *item) << where;
    ASSERT_TRUE(*(*results)[i]) << where;
    EXPECT_EQ(testing::write_ejson((*results)[i]->value()), testing::write_ejson(**item)) << where;
  }
  EXPECT_GT(said, documents.size() / 8) << of;
}

TEST(MongodbKernels, ArithmeticSaysWhatTheEvaluatorSays) {
  const std::vector<Value> documents = pairs_of(operands_of_arithmetic());
  const ExprPtr row = algebra::variable(kRow);
  const std::vector<std::string> a{"a"};
  const std::vector<std::string> b{"b"};
  for (const auto& [number, name] : {std::pair(std::uint16_t{op::kAdd}, "add"),
                                     std::pair(std::uint16_t{op::kSubtract}, "subtract"),
                                     std::pair(std::uint16_t{op::kMultiply}, "multiply"),
                                     std::pair(std::uint16_t{op::kDivide}, "divide"),
                                     std::pair(std::uint16_t{op::kMod}, "mod")}) {
    expect_same(algebra::lambda({kRow}, call(number, {path_call(row, a), path_call(row, b)})),
                documents, name);
  }
  expect_same(algebra::lambda({kRow}, call(op::kMultiply, {path_call(row, a), path_call(row, b),
                                                           path_call(row, a)})),
              documents, "a product of three");
}

TEST(MongodbKernels, KeysOfSortsSayWhatTheEvaluatorSays) {
  const std::vector<Value> documents = pairs_of(operands_of_arithmetic());
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const auto pattern = parse_sort_pattern(*testing::read_ejson(R"({"a": 1, "b": -1})"), variables);
  ASSERT_TRUE(pattern);
  for (const algebra::SortKey& key : sort_keys(*pattern, variables)) {
    expect_same(key.key, documents, "a key");
  }
}

// {a: null} and {} are two keys.
TEST(MongodbKernels, PartsOfKeysTellNullFromNothing) {
  const std::vector<Value> documents = pairs_of(operands_of_arithmetic());
  const std::vector<std::string> a{"a"};
  expect_same(algebra::lambda({kRow}, call(op::kKeyPart, {path_call(algebra::variable(kRow), a)})),
              documents, "a part");
}

}  // namespace
}  // namespace octavo::mongodb
