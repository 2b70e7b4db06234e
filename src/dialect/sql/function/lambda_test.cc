// Expressions over rows: fields and elements, what documents of no declared columns are read as,
// and what a lambda says of itself.

#include "dialect/sql/function/lambda.h"

#include <gtest/gtest.h>

#include "dialect/sql/convert/value.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/print.h"
#include "dialect/sql/function/testing/constants.h"
#include "value/json.h"

namespace octavo::sql {
namespace {

using value::Value;

constexpr algebra::VarId kRow{1};

class Lambdas : public testing::Test {
 protected:
  CallContext calls() { return {.session = constants_.session, .constants = context_}; }

  Typed field(std::string_view name, Type type) {
    return bind_field(algebra::variable(kRow), name, std::move(type));
  }

  Result<Value> run(const algebra::ExprPtr& body, const Value& row) {
    context_.notes = &notes_;
    return sql::evaluate_lambda(algebra::lambda({kRow}, body), std::span(&row, 1), context_);
  }
  Result<Value> run(const Typed& body, std::string_view row) {
    return run(body.expression, *value::parse_json(row));
  }

  Constants constants_;
  function::Notes notes_;
  function::EvalContext context_;
};

TEST_F(Lambdas, WhatIsNotThereIsNull) {
  EXPECT_TRUE(run(field("a", big_integer()), R"({"b": 1})")->is_null());
  EXPECT_TRUE(run(field("a", big_integer()), "5")->is_null());
  EXPECT_EQ(*run(field("a", big_integer()), R"({"a": 7})"), Value::int64(7));
  const Typed second = bind_element(algebra::variable(kRow), 1, big_integer());
  EXPECT_EQ(*run(second, "[1, 2]"), Value::int64(2));
  EXPECT_TRUE(run(second, "[1]")->is_null());
}

TEST_F(Lambdas, FieldsAreReadAsTheirInferredKind) {
  const auto read = [&](std::string_view document, Type type) {
    notes_.clear();
    const Typed typed = read_as(field("a", json_type()), std::move(type));
    const auto value = run(typed, document);
    return plain_text(*value) + (notes_.count() > 0 ? " !" : "");
  };
  EXPECT_EQ(read(R"({"a": 5})", big_integer()), "5");
  EXPECT_EQ(read(R"({"a": "5"})", big_integer()), "5");
  EXPECT_EQ(read(R"({"a": 5.0})", big_integer()), "5");
  EXPECT_EQ(read(R"({"a": 5.5})", big_integer()), "6 !");
  EXPECT_EQ(read(R"({"a": "x"})", big_integer()), "0 !");
  EXPECT_EQ(read(R"({"a": true})", big_integer()), "1");
  EXPECT_EQ(read(R"({"a": 5})", double_type()), "5");
  EXPECT_EQ(read(R"({"a": [1, 2]})", text_type(*constants_.session.collation, 9)), "[1, 2]");
  EXPECT_EQ(read(R"({"a": 1.5})", text_type(*constants_.session.collation, 9)), "1.5");
  EXPECT_EQ(read(R"({"a": "2020-01-31"})", date_type()), "2020-01-31");
}

TEST_F(Lambdas, ConditionsKeepRowsThatAreTrue) {
  Typed five = typed_constant(Value::int64(5), calls());
  const auto greater =
      bind_binary(BinaryOperator::greater, field("a", big_integer()), std::move(five), calls());
  const auto condition = as_condition(*greater, calls());
  EXPECT_EQ(*run(*condition, *value::parse_json(R"({"a": 6})")), Value::boolean(true));
  EXPECT_EQ(*run(*condition, *value::parse_json(R"({"a": 5})")), Value::boolean(false));
  EXPECT_TRUE(run(*condition, *value::parse_json("{}"))->is_null());
  EXPECT_EQ(print_expression(**condition), "(`a` > 5)");
}

TEST_F(Lambdas, MessagesNameColumnsAsTheBinderDoes) {
  Typed column = bind_field(algebra::variable(kRow), "a", big_integer(), "`d`.`t`.`a`");
  Typed one = typed_constant(Value::int64(1), calls());
  const auto sum = bind_binary(BinaryOperator::add, std::move(column), std::move(one), calls());
  const auto result = run(*sum, R"({"a": 9223372036854775807})");
  EXPECT_EQ(result.error().what, "BIGINT value is out of range in '(`d`.`t`.`a` + 1)'");
}

TEST_F(Lambdas, SayWhichFieldsTheyRead) {
  const auto sum = bind_binary(BinaryOperator::add, field("b", big_integer()),
                               field("a", big_integer()), calls());
  const auto fields = fields_read(algebra::lambda({kRow}, sum->expression));
  EXPECT_EQ(fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(fields_read(algebra::lambda({kRow}, algebra::variable(kRow))));
  EXPECT_TRUE(lambda_is_deterministic(sum->expression));
}

TEST_F(Lambdas, KeysCompareAsTheirTypesDo) {
  const auto key = [&](std::string_view text) {
    const Typed constant = typed_constant(Value::string(text), calls());
    return *run(*comparison_key(constant, calls()), Value());
  };
  EXPECT_EQ(key("Straße"), key("STRASSE"));
  EXPECT_TRUE(value::compare(key("a"), key("B")) < 0);
  const Typed number = typed_constant(Value::int64(5), calls());
  EXPECT_EQ(*comparison_key(number, calls()), number.expression);
}

}  // namespace
}  // namespace octavo::sql
