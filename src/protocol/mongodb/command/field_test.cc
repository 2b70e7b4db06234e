#include "protocol/mongodb/command/field.h"

#include <gtest/gtest.h>

#include <limits>

#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr FieldRow kRows[] = {
    {"text", field::kString},
    {"flag", field::kFlag},
    {"strict", field::kBool},
    {"number", field::kNumber},
    {"list", field::kArray, FieldRule::required},
    {"null", field::kObject, FieldRule::null_is_a_value},
    {"any", field::kAny},
};

Value decimal(const char* text) { return Value::decimal(*value::Decimal::parse(text)); }

struct Case {
  std::vector<value::Field> fields;
  std::uint32_t code;
  const char* text;
};

TEST(MongodbField, DocumentsAreCheckedByTheirRows) {
  const value::Field list{"list", Value::array({})};
  const Case cases[] = {
      {{list}, 0, ""},
      {{list, {"flag", Value::float64(1)}, {"any", Value::min_key()}}, 0, ""},
      {{}, 40414, "BSON field 'c.list' is missing but a required field"},
      {{{"list", Value::null()}}, 40414, "BSON field 'c.list' is missing but a required field"},
      {{list, {"other", Value::null()}}, 40415, "BSON field 'c.other' is an unknown field."},
      {{list, {"text", Value::null()}}, 0, ""},
      {{list, {"text", Value::undefined()}}, 0, ""},
      {{list, {"null", Value::null()}},
       14,
       "BSON field 'c.null' is the wrong type 'null', expected type 'object'"},
      {{list, {"text", Value::int32(1)}},
       14,
       "BSON field 'c.text' is the wrong type 'int', expected type 'string'"},
      {{list, {"strict", Value::int64(1)}},
       14,
       "BSON field 'c.strict' is the wrong type 'long', expected type 'bool'"},
      {{list, {"number", Value::string("1")}},
       14,
       "BSON field 'c.number' is the wrong type 'string', expected types '[long, int, decimal, "
       "double']"},
      {{list, {"flag", Value::object({})}},
       14,
       "BSON field 'c.flag' is the wrong type 'object', expected types '[bool, long, int, decimal, "
       "double']"},
      // The first one in the document is told.
      {{{"text", Value::int32(1)}, {"other", Value::null()}},
       14,
       "BSON field 'c.text' is the wrong type 'int', expected type 'string'"},
  };
  for (const Case& c : cases) {
    const Status checked = check_fields("c", c.fields, kRows);
    EXPECT_EQ(checked ? 0 : checked.error().number, c.code);
    EXPECT_EQ(checked ? "" : checked.error().what, c.text);
  }
}

TEST(MongodbField, NumbersBecomeIntegers) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::pair<Value, std::int64_t> cases[] = {
      {Value::int32(-7), -7},
      {Value::float64(2.9), 2},
      {Value::float64(-2.9), -2},
      {Value::float64(std::numeric_limits<double>::quiet_NaN()), 0},
      {Value::float64(1e300), kMost},
      {Value::float64(-1e300), kLeast},
      {Value::float64(-0x1p63), kLeast},
      {decimal("2.5"), 2},
      {decimal("3.5"), 4},
      {decimal("-2.51"), -3},
      {decimal("NaN"), 0},
      {decimal("-Infinity"), kLeast},
      {decimal("1E+40"), kMost},
      {Value::uint64(std::numeric_limits<std::uint64_t>::max()), kMost},
  };
  for (const auto& [number, integer] : cases) EXPECT_EQ(to_integer(number), integer);
}

TEST(MongodbField, NumbersAreFlags) {
  EXPECT_TRUE(to_flag(Value::boolean(true)));
  EXPECT_TRUE(to_flag(Value::float64(0.1)));
  EXPECT_TRUE(to_flag(decimal("1E-6000")));
  EXPECT_FALSE(to_flag(Value::int32(0)));
  EXPECT_FALSE(to_flag(decimal("0.00")));
  EXPECT_FALSE(to_flag(Value::string("true")));
}

TEST(MongodbField, EveryTypeHasItsName) {
  EXPECT_EQ(field_type_name(Value::int32(1)), "int");
  EXPECT_EQ(field_type_name(Value::int64(1)), "long");
  EXPECT_EQ(field_type_name(Value::uuid("0123456789abcdef")), "binData");
  EXPECT_EQ(field_type_name(Value::date(1)), "date");
  EXPECT_EQ(field_type_name(Value::log_stamp(1, 1)), "timestamp");
}

}  // namespace
}  // namespace octavo::mongodb
