#include "value/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "value/decimal.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

constexpr JsonStyle kDoubles{.doubles = true};

Value parse(std::string_view text, const JsonParseOptions& options = {}) {
  auto parsed = parse_json(text, options);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error().what;
  return parsed.value_or(Value::undefined());
}
std::string error_of(std::string_view text, const JsonParseOptions& options = {}) {
  const auto parsed = parse_json(text, options);
  return parsed ? "no error" : parsed.error().what;
}
std::string reql(double number) { return to_json(Value::float64(number), kDoubles); }

TEST(JsonParse, Values) {
  EXPECT_EQ(parse(" null ").type(), Type::null);
  EXPECT_EQ(parse("true"), Value::boolean(true));
  EXPECT_EQ(parse("[]").as_array().size(), 0U);
  EXPECT_EQ(parse("{}").as_object().size(), 0U);
  const Value value = parse(R"({"b":[1,2.5,{"x":"y"}],"a":null})");
  EXPECT_EQ(value.as_object()[0].name, "b");
  EXPECT_EQ(value.find("b")->as_array()[2].find("x")->as_string(), "y");
  EXPECT_EQ(to_json(value), R"({"b":[1,2.5,{"x":"y"}],"a":null})");
  EXPECT_EQ(to_json(parse(R"({"b":1,"a":{"d":1,"c":2}})", {.sort_fields = true})),
            R"({"a":{"c":2,"d":1},"b":1})");
}

TEST(JsonParse, Numbers) {
  EXPECT_EQ(parse("12").type(), Type::int64);
  EXPECT_EQ(parse("-9223372036854775808").as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse("9223372036854775808").type(), Type::uint64);
  EXPECT_EQ(parse("18446744073709551615").as_uint64(), ~0ULL);
  EXPECT_EQ(parse("18446744073709551616").as_float64(), 0x1p64);
  EXPECT_EQ(parse("-9223372036854775809").type(), Type::float64);
  EXPECT_EQ(parse("123456789012345678901234567890").as_float64(), 123456789012345678901234567890.0);
  EXPECT_EQ(parse("1.0").type(), Type::float64);
  EXPECT_EQ(parse("1e3").as_float64(), 1000);
  EXPECT_TRUE(std::signbit(parse("-0").as_float64()));
  EXPECT_EQ(parse("0.1").as_float64(), 0.1);
  EXPECT_EQ(parse("1e-400").as_float64(), 0);
  EXPECT_EQ(parse("4.9e-324").as_float64(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse("0.000000000000000000000000000000000000000000000001e48").as_float64(), 1);
  const JsonParseOptions doubles{.numbers = JsonParseOptions::Numbers::float64};
  EXPECT_EQ(parse("12", doubles).as_float64(), 12);
  EXPECT_EQ(parse("9007199254740993", doubles).as_float64(), 0x1p53);
  EXPECT_EQ(error_of("1e400"), "invalid JSON at byte 0: number too large");
}

TEST(JsonParse, Strings) {
  EXPECT_EQ(parse(R"("a\"b\\c\/\b\f\n\r\t")").as_string(), "a\"b\\c/\b\f\n\r\t");
  EXPECT_EQ(parse(R"("\u00e9\u20ac\ud83d\ude00\u0000")").as_string(),
            std::string_view("\u00e9\u20ac\U0001f600\0", 10));
  EXPECT_EQ(parse("\"\u00e9 a longer text without escapes \x7f\"").as_string(),
            "\u00e9 a longer text without escapes \x7f");
}

TEST(JsonParse, Duplicates) {
  EXPECT_EQ(error_of(R"([{"a":1,"a":2}])"), "invalid JSON at byte 1: duplicate key \"a\"");
  const JsonParseOptions last{.duplicates = JsonParseOptions::Duplicates::last_wins};
  EXPECT_EQ(to_json(parse(R"({"a":1,"b":2,"a":3})", last)), R"({"a":3,"b":2})");
  std::string many = "{";
  for (int i = 0; i < 40; ++i)
    many += "\"k" + std::to_string(i % 39) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  EXPECT_EQ(error_of(many), "invalid JSON at byte 0: duplicate key \"k0\"");
  const Value merged =
      parse(many, {.duplicates = JsonParseOptions::Duplicates::last_wins, .sort_fields = true});
  EXPECT_EQ(merged.as_object().size(), 39U);
  EXPECT_EQ(merged.find("k0")->as_int64(), 39);
}

TEST(JsonParse, Errors) {
  const struct {
    std::string_view text;
    std::string_view error;
  } cases[] = {
      {"", "invalid JSON at byte 0: unexpected end, expected a value"},
      {"[1,", "invalid JSON at byte 3: unexpected end, expected a value"},
      {"[1 2]", "invalid JSON at byte 3: expected ',' or ']'"},
      {"[1,]", "invalid JSON at byte 3: expected a value"},
      {R"({"a" 1})", "invalid JSON at byte 5: expected ':'"},
      {R"({a:1})", "invalid JSON at byte 1: expected a field name in quotes"},
      {R"({"a":1,})", "invalid JSON at byte 7: expected a field name in quotes"},
      {"nul", "invalid JSON at byte 0: expected a value"},
      {"1 1", "invalid JSON at byte 2: unexpected text after the value"},
      {"01", "invalid JSON at byte 0: number with leading zero"},
      {"1.", "invalid JSON at byte 2: expected a digit"},
      {"-", "invalid JSON at byte 1: expected a digit"},
      {"1e+", "invalid JSON at byte 3: expected a digit"},
      {"+1", "invalid JSON at byte 0: expected a value"},
      {"NaN", "invalid JSON at byte 0: expected a value"},
      {"\"a", "invalid JSON at byte 0: unterminated string"},
      {"\"a\nb\"", "invalid JSON at byte 2: control character in a string"},
      {R"("\x")", "invalid JSON at byte 1: unknown escape"},
      {R"("\u12g4")", "invalid JSON at byte 1: expected four hexadecimal digits"},
      {R"("\ud800")", "invalid JSON at byte 1: lone surrogate"},
      {R"("\ud800\u0041")", "invalid JSON at byte 1: lone surrogate"},
      {R"("\udc00")", "invalid JSON at byte 1: lone surrogate"},
      {"\"\xff\"", "invalid JSON at byte 1: not UTF-8"},
      {"\"\xed\xa0\x80\"", "invalid JSON at byte 1: not UTF-8"},
      {std::string_view("\0", 1), "invalid JSON at byte 0: expected a value"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(text), error) << text;
}

TEST(JsonParse, DepthLimit) {
  const std::string deepest = std::string(500, '[') + std::string(500, ']');
  EXPECT_EQ(parse(deepest).depth(), 500U);
  const auto refused = parse_json("[" + deepest + "]");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::out_of_range);
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')).has_value());
  EXPECT_FALSE(parse_json("[[1]]", {.max_depth = 1}).has_value());
}

TEST(JsonWrite, ReqlNumbers) {
  EXPECT_EQ(reql(1), "1");
  EXPECT_EQ(reql(-0.0), "-0.0");
  EXPECT_EQ(reql(0.1), "0.1");
  EXPECT_EQ(reql(0x1p53), "9007199254740992");
  EXPECT_EQ(reql(0x1p53 + 2), "9007199254740994.0");
  EXPECT_EQ(reql(123456789012345680.0), "123456789012345680.0");
  EXPECT_EQ(reql(1e20), "100000000000000000000.0");
  EXPECT_EQ(reql(1e21), "1e21");
  EXPECT_EQ(reql(1e300), "1e300");
  EXPECT_EQ(reql(-1.5e-300), "-1.5e-300");
  EXPECT_EQ(reql(0.000001), "0.000001");
  EXPECT_EQ(reql(1e-7), "1e-7");
  EXPECT_EQ(reql(12345.678), "12345.678");
  EXPECT_EQ(reql(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(to_json(Value::int64(5), kDoubles), "5");
  EXPECT_EQ(to_json(Value::int64((1LL << 53) + 2), kDoubles), "9007199254740994.0");
  EXPECT_EQ(to_json(Value::decimal(*Decimal::parse("1.50")), kDoubles), "1.5");
}

TEST(JsonWrite, OtherNumbersKeepTheirKind) {
  EXPECT_EQ(to_json(Value::float64(1)), "1.0");
  EXPECT_EQ(to_json(Value::int64(std::numeric_limits<std::int64_t>::min())),
            "-9223372036854775808");
  EXPECT_EQ(to_json(Value::uint64(~0ULL)), "18446744073709551615");
  EXPECT_EQ(to_json(Value::decimal(*Decimal::parse("1.50"))), "1.50");
  EXPECT_EQ(to_json(Value::decimal(*Decimal::parse("1.00000000000000000001"))),
            "\"1.00000000000000000001\"");
}

TEST(JsonWrite, Strings) {
  EXPECT_EQ(to_json(Value::string("a\"b\\c/\n\x01\x1f\x7f\u00e9")),
            "\"a\\\"b\\\\c/\\n\\u0001\\u001F\x7f\u00e9\"");
  EXPECT_EQ(to_json(Value::string("a long text with a quote \" at the end")),
            "\"a long text with a quote \\\" at the end\"");
}

TEST(JsonWrite, OrderAndIndent) {
  const Value value = parse(R"({"b":[1,{}],"a":{"d":[],"c":2}})");
  EXPECT_EQ(to_json(value, {.sort_fields = true}), R"({"a":{"c":2,"d":[]},"b":[1,{}]})");
  EXPECT_EQ(
      to_json(value, {.indent = 2}),
      "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"d\": [],\n    \"c\": 2\n  }\n}");
}

TEST(JsonWrite, TypesThatJsonLacks) {
  EXPECT_EQ(to_json(Value::bytes("\x01\x02")), "\"AQI=\"");
  EXPECT_EQ(to_json(Value::timestamp({0, 500'000'000, 90})), "\"1970-01-01T01:30:00.5+01:30\"");
  EXPECT_EQ(to_json(Value::date(-1)), "\"1969-12-31\"");
  EXPECT_EQ(to_json(Value::duration(-3'661'000'000'001)), "\"-01:01:01.000000001\"");
  EXPECT_EQ(to_json(Value::regex("a/b", "i")), "\"/a/b/i\"");
  EXPECT_EQ(to_json(Value::log_stamp(1, 2)), R"({"t":1,"i":2})");
  EXPECT_EQ(to_json(Value::min_key()), R"({"$minKey":1})");
  EXPECT_EQ(to_json(Value::undefined()), "null");
  const JsonStyle style{.present = [](const Value& value, Bytes& out) {
    out.append("<").append(type_name(value.type())).append(">");
  }};
  EXPECT_EQ(to_json(Value::array({Value::bytes(""), Value::int64(1)}), style), "[<bytes>,1]");
}

TEST(Json, DoublesRoundTrip) {
  Random random(31);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const Value back = parse(to_json(Value::float64(value)));
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back.as_float64()), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Json, DocumentsRoundTrip) {
  Random random(32);
  for (int i = 0; i < 3000; ++i) {
    // Once through the parser: decimals come back as doubles, which print in their own form.
    const std::string text = to_json(parse(to_json(random_value(random))));
    EXPECT_EQ(to_json(parse(text)), text);
    EXPECT_EQ(parse(to_json(parse(text), {.indent = 1})), parse(text));
  }
}

}  // namespace
}  // namespace octavo::value
