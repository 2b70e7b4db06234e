#include "dialect/mongodb/type/type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/bson_form.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value read(std::string_view text) {
  const auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text << ": " << value.error().what;
  return value.value_or(Value::null());
}

TEST(BsonTypes, AreNamedAndNumbered) {
  struct Case {
    std::string_view value;
    std::string_view alias;
    int number;
  };
  constexpr Case kCases[] = {
      {"1", "int", 16},
      {R"({"$numberLong": "1"})", "long", 18},
      {"1.0", "double", 1},
      {R"({"$numberDecimal": "1"})", "decimal", 19},
      {R"("a")", "string", 2},
      {"{}", "object", 3},
      {"[]", "array", 4},
      {R"({"$uuid": "00112233-4455-6677-8899-aabbccddeeff"})", "binData", 5},
      {R"({"$undefined": true})", "undefined", 6},
      {R"({"$oid": "5ab9c3da31c2ab715d421285"})", "objectId", 7},
      {"true", "bool", 8},
      {R"({"$date": "2020-01-01T00:00:00Z"})", "date", 9},
      {"null", "null", 10},
      {R"({"$regularExpression": {"pattern": "a", "options": ""}})", "regex", 11},
      {R"({"$code": "x"})", "javascript", 13},
      {R"({"$symbol": "x"})", "symbol", 14},
      {R"({"$code": "x", "$scope": {}})", "javascriptWithScope", 15},
      {R"({"$timestamp": {"t": 1, "i": 2}})", "timestamp", 17},
      {R"({"$minKey": 1})", "minKey", -1},
      {R"({"$maxKey": 1})", "maxKey", 127},
  };
  for (const Case& test : kCases) {
    const Value value = read(test.value);
    EXPECT_EQ(type_alias(value), test.alias);
    EXPECT_EQ(static_cast<int>(bson_type(value)), test.number);
    EXPECT_EQ(type_of_alias(test.alias), bson_type(value));
    EXPECT_EQ(type_of_number(test.number), bson_type(value));
  }
  EXPECT_EQ(type_alias(std::optional<Value>()), "missing");
  EXPECT_FALSE(type_of_alias("missing"));
  EXPECT_FALSE(type_of_number(0));
}

TEST(BsonTypes, AreReadAsSets) {
  const auto numbers = read_types(read(R"(["number", "string", 4.0])"));
  ASSERT_TRUE(numbers);
  EXPECT_TRUE(numbers->has(BsonType::number_long));
  EXPECT_TRUE(numbers->has(BsonType::string));
  EXPECT_TRUE(numbers->has(BsonType::array));
  EXPECT_FALSE(numbers->has(BsonType::object));
  struct Case {
    std::string_view types;
    std::uint32_t code;
  };
  constexpr Case kCases[] = {{R"("Number")", 2}, {"99", 2}, {"0", 2},
                             {"1.5", 2},         {"[]", 9}, {"true", 14}};
  for (const Case& test : kCases) {
    const auto types = read_types(read(test.types));
    ASSERT_FALSE(types) << test.types;
    EXPECT_EQ(types.error().number, test.code) << test.types;
  }
}

TEST(Truth, IsOfNullAndZeroFalse) {
  for (const std::string_view text :
       {"null", "false", "0", "0.0", "-0.0", R"({"$numberDecimal": "0E+3"})",
        R"({"$numberLong": "0"})", R"({"$undefined": true})"}) {
    EXPECT_FALSE(is_truthy(read(text))) << text;
  }
  for (const std::string_view text :
       {"1", R"("")", "[]", "{}", R"({"$numberDouble": "NaN"})", R"({"$minKey": 1})"}) {
    EXPECT_TRUE(is_truthy(read(text))) << text;
  }
  EXPECT_FALSE(is_truthy(std::optional<Value>()));
}

TEST(Integers, AreReadAsCommandsDo) {
  struct Case {
    std::string_view number;
    std::int64_t integer;
  };
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr Case kCases[] = {
      {"5", 5},
      {"5.9", 5},
      {"-5.9", -5},
      {R"({"$numberDecimal": "2.5"})", 2},
      {R"({"$numberDecimal": "3.5"})", 4},
      {R"({"$numberDouble": "NaN"})", 0},
      {R"({"$numberDecimal": "NaN"})", 0},
      {R"({"$numberDouble": "Infinity"})", kMost},
      {R"({"$numberDecimal": "-Infinity"})", kLeast},
      {R"({"$numberDouble": "1e300"})", kMost},
      {R"({"$numberDecimal": "-1E+300"})", kLeast},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(saturated_int64(read(test.number)), test.integer) << test.number;
  }
}

TEST(Dates, HaveMilliseconds) {
  for (const std::int64_t millis :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'500}, std::int64_t{-1'500},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max() - 900,
        std::numeric_limits<std::int64_t>::min() + 769}) {
    EXPECT_EQ(date_millis(date_of_millis(millis).as_timestamp()), millis);
  }
}

TEST(Printing, IsThatOfMessages) {
  const Value document = read(R"({"a": 1, "b": "x", "c": [1.0, {"$date": 0}], "d": {},
      "e": {"$oid": "5ab9c3da31c2ab715d421285"}, "f": null})");
  EXPECT_EQ(print(document),
            "{ a: 1, b: \"x\", c: [ 1.0, new Date(0) ], d: {}, "
            "e: ObjectId('5ab9c3da31c2ab715d421285'), f: null }");
  EXPECT_EQ(print_operand(document),
            "{a: 1, b: \"x\", c: [1, 1970-01-01T00:00:00.000Z], d: {}, "
            "e: 5ab9c3da31c2ab715d421285, f: null}");
  EXPECT_EQ(print_operand(std::optional<Value>()), "MISSING");
}

TEST(Printing, OfDoublesIsShort) {
  struct Case {
    double number;
    std::string_view text;
  };
  constexpr Case kCases[] = {
      {1, "1"},
      {0.1, "0.1"},
      {-0.0, "-0"},
      {1e15, "1000000000000000"},
      {1e16, "1e+16"},
      {1e-4, "0.0001"},
      {9e-5, "9e-05"},
      {1.0 / 3, "0.3333333333333333"},
      {5e-324, "5e-324"},
      {INFINITY, "Infinity"},
      {-INFINITY, "-Infinity"},
      {NAN, "NaN"},
  };
  for (const Case& test : kCases) EXPECT_EQ(print_double(test.number), test.text);
}

TEST(BsonForm, HasTheSizeOfItsBytes) {
  struct Case {
    std::string_view value;
    std::size_t size;
  };
  constexpr Case kCases[] = {
      {"{}", 5},
      {R"({"a": 1})", 12},
      {R"({"a": {"$numberLong": "1"}})", 16},
      {R"({"a": "xy"})", 15},
      {R"({"a": [1, 2]})", 27},
      {R"({"a": {"$numberDecimal": "1"}, "b": null, "c": true})", 31},
      {R"({"a": {"$binary": {"base64": "YWJj", "subType": "00"}}})", 16},
      {R"({"a": {"$regularExpression": {"pattern": "ab", "options": "i"}}})", 13},
  };
  for (const Case& test : kCases) EXPECT_EQ(bson_size(read(test.value)), test.size) << test.value;
}

TEST(BsonForm, HashesEqualNumbersEqually) {
  EXPECT_EQ(bson_hash(read("1")), bson_hash(read("1.9")));
  EXPECT_EQ(bson_hash(read("1")), bson_hash(read(R"({"$numberDecimal": "1.2"})")));
  EXPECT_NE(bson_hash(read("1")), bson_hash(read("2")));
  EXPECT_NE(bson_hash(read(R"({"a": 1})")), bson_hash(read(R"({"b": 1})")));
  EXPECT_NE(bson_hash(read("[1]")), bson_hash(read("1")));
}

}  // namespace
}  // namespace octavo::mongodb
