#include "algebra/expr.h"

#include <gtest/gtest.h>

#include "algebra/parse.h"
#include "algebra/random_expr.h"
#include "base/text.h"

namespace octavo::algebra {
namespace {

using value::Value;

constexpr FunctionId kAdd{FamilyId{1}, 24};
constexpr FunctionId kBetween{FamilyId{1}, 182};

std::string_view test_name(FunctionId function) {
  return function == kAdd ? "reql.add" : function == kBetween ? "reql.between" : "";
}
std::optional<FunctionId> test_find(std::string_view name) {
  if (name == "reql.add") return kAdd;
  return name == "reql.between" ? std::optional(kBetween) : std::nullopt;
}
ExprPtr number(int n) { return constant(Value::int64(n)); }
ExprPtr var(std::uint64_t id) { return variable(VarId{id}); }
ExprPtr function(std::uint64_t param, ExprPtr body) {
  return lambda({VarId{param}}, std::move(body));
}
std::string text(const ExprPtr& expression) { return print(expression, test_name); }
std::string encoded(const ExprPtr& expression) {
  Bytes bytes;
  EXPECT_TRUE(encode(expression, bytes).has_value());
  return bytes;
}

TEST(Expr, Prints) {
  EXPECT_EQ(text(call(kAdd, {var(1), number(2)})), "(reql.add v1 2)");
  EXPECT_EQ(text(function(1, call(kBetween, {var(1)},
                                  {{"left_bound", constant(Value::string("open"))},
                                   {"odd name", number(1)}}))),
            "(lambda (v1) (reql.between v1 :left_bound \"open\" :\"odd name\" 1))");
  EXPECT_EQ(text(make_array({number(1), make_object({{"a", var(2)}})})),
            "(array 1 (object :a v2))");
  EXPECT_EQ(text(lambda({}, call({kCore, 7}, {}))), "(lambda () (#0.7))");
  EXPECT_EQ(text(constant(Value::array({Value::timestamp({0, 0, 0}), Value::float64(1)}))),
            "[#timestamp\"1970-01-01T00:00:00+00:00\",1.0]");
}

TEST(Expr, BindReplacesFreeVariablesOnly) {
  const ExprPtr expression =
      make_array({var(1), function(1, call(kAdd, {var(1), var(2)})), function(3, var(1))});
  const ExprPtr bound = bind(expression, {{VarId{1}, Value::int64(10)}, {VarId{2}, Value::null()}});
  EXPECT_EQ(text(bound), "(array 10 (lambda (v1) (reql.add v1 null)) (lambda (v3) 10))");
}

TEST(Expr, BindSharesWhatDoesNotChange) {
  const ExprPtr untouched = call(kAdd, {var(5), number(1)});
  const ExprPtr expression = make_array({untouched, var(1)});
  const ExprPtr bound = bind(expression, {{VarId{1}, Value::int64(1)}});
  EXPECT_EQ(std::get<MakeArray>(bound->node).elements[0], untouched);
  EXPECT_EQ(bind(expression, {{VarId{9}, Value::int64(1)}}), expression);
}

TEST(Expr, EqualUpToRenaming) {
  EXPECT_TRUE(equal(function(1, var(1)), function(2, var(2))));
  EXPECT_FALSE(equal(function(1, var(1)), function(2, var(1))));
  EXPECT_TRUE(equal(function(1, var(7)), function(2, var(7))));
  EXPECT_FALSE(equal(var(1), var(2)));
  // Inner parameters hide outer ones.
  EXPECT_TRUE(equal(function(1, function(1, var(1))), function(1, function(2, var(2)))));
  EXPECT_FALSE(equal(function(1, function(2, var(1))), function(1, function(1, var(1)))));
  EXPECT_FALSE(equal(number(1), constant(Value::float64(1))));
  EXPECT_FALSE(equal(lambda({VarId{1}, VarId{2}}, number(1)), function(1, number(1))));
  EXPECT_FALSE(equal(call(kAdd, {number(1)}), call(kBetween, {number(1)})));
  EXPECT_FALSE(equal(call(kAdd, {}, {{"a", number(1)}}), call(kAdd, {}, {{"b", number(1)}})));
}

// Stored in catalogs: these bytes never change (docs/formats/expression.md).
TEST(Expr, GoldenBytes) {
  const ExprPtr expression =
      function(300, call(kAdd, {var(300), constant(Value::string("x"))},
                         {{"opt", make_array({make_object({{"k", number(1)}})})}}));
  EXPECT_EQ(format_hex(encoded(expression)),
            "01"
            "04"
            "01"
            "ac02"
            "03"
            "01"
            "1800"
            "02"
            "02ac02"
            "01"
            "02"
            "1378"
            "01"
            "036f7074"
            "05"
            "01"
            "06"
            "01"
            "016b"
            "01"
            "01"
            "41");
}

TEST(Expr, EncodingRoundTrips) {
  Random random(41);
  for (int i = 0; i < 3000; ++i) {
    const ExprPtr expression = random_expression(random);
    const Bytes bytes = encoded(expression);
    ByteReader reader(bytes);
    const auto decoded = decode(reader);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().what;
    EXPECT_TRUE(reader.empty());
    EXPECT_TRUE(equal(*decoded, expression));
    EXPECT_EQ(encoded(*decoded), bytes);
    EXPECT_EQ(text(*decoded), text(expression));
  }
}

TEST(Expr, TextReadsBack) {
  Random random(42);
  for (int i = 0; i < 3000; ++i) {
    const ExprPtr expression = random_expression(random);
    const auto parsed = parse_expression(text(expression), test_find);
    ASSERT_TRUE(parsed.has_value()) << text(expression) << ": " << parsed.error().what;
    EXPECT_EQ(text(*parsed), text(expression));
    if (text(expression).find("nan") == std::string::npos) {  // NaN has many images
      EXPECT_EQ(encoded(*parsed), encoded(expression));
    }
  }
}

TEST(Expr, ParsingRefusesMalformedText) {
  for (const std::string_view bad :
       {"", "(", "()", "v", "(unknown 1)", "(reql.add 1", "(lambda v1)", "(lambda (v1 v1) v1)",
        "(lambda (v1))", "(array :a 1)", "(object 1)", "(reql.add :)", "1 2", "(#256.1)", "(#1)"}) {
    const auto parsed = parse_expression(bad, test_find);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, Code::invalid_argument);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "(array ";
  EXPECT_FALSE(parse_expression(deep, test_find).has_value());
}

TEST(Expr, DecodingRefusesMalformedBytes) {
  for (const std::string_view hex :
       {"", "00", "0107", "01", "0101", "010105", "0103010018", "010301180002", "010402010101",
        "0141", "0105ffffffffff7f", "010601", "01ff", "010141"}) {
    const Bytes bytes = parse_hex(hex).value();
    ByteReader reader(bytes);
    const auto decoded = decode(reader);
    ASSERT_FALSE(decoded.has_value()) << hex;
    EXPECT_EQ(decoded.error().code, Code::corrupt);
    EXPECT_EQ(reader.rest().size(), bytes.size());
  }
}

TEST(Expr, DepthIsLimitedBothWays) {
  ExprPtr deep = number(1);
  for (std::size_t i = 0; i < kMaxExpressionDepth; ++i) deep = make_array({deep});
  const Bytes bytes = encoded(deep);
  ByteReader reader(bytes);
  EXPECT_TRUE(decode(reader).has_value());
  Bytes out = "kept";
  const Status refused = encode(make_array({deep}), out);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::out_of_range);
  EXPECT_EQ(out, "kept");
  Bytes longer = "\x01";
  for (int i = 0; i < 100'000; ++i) longer += "\x05\x01";
  ByteReader hostile(longer);
  EXPECT_FALSE(decode(hostile).has_value());
}

}  // namespace
}  // namespace octavo::algebra
