#include "dialect/mongodb/type/number.h"

#include <gtest/gtest.h>

#include <string>

#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/decimal128.h"

namespace octavo::mongodb {
namespace {

using value::Decimal;
using value::Value;

Value read(std::string_view text) {
  const auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Value::null());
}
std::string text_of(const Value& value) { return testing::write_ejson(value); }

constexpr std::string_view kMostInt = "2147483647";
constexpr std::string_view kMostLong = R"({"$numberLong":"9223372036854775807"})";

TEST(Numbers, WidenWhereTheyOverflow) {
  const Value one = read("1");
  EXPECT_EQ(text_of(add(read(kMostInt), one)), R"({"$numberLong":"2147483648"})");
  EXPECT_EQ(number_kind(add(read(kMostLong), one)), NumberKind::float64);
  EXPECT_FALSE(add_checked(read(kMostLong), one));
  EXPECT_FALSE(multiply_checked(read(kMostLong), read("2")));
  EXPECT_EQ(text_of(*add_checked(read(kMostInt), one)), R"({"$numberLong":"2147483648"})");
  EXPECT_EQ(text_of(*multiply_checked(read("65536"), read("65536"))),
            R"({"$numberLong":"4294967296"})");
  EXPECT_EQ(text_of(*add_checked(read("1.5"), one)), R"({"$numberDouble":"2.5"})");
  EXPECT_EQ(text_of(negate(read("-2147483648"))), R"({"$numberLong":"2147483648"})");
  EXPECT_EQ(text_of(subtract(read(R"({"$numberDecimal":"1.0"})"), one)),
            R"({"$numberDecimal":"0.0"})");
}

TEST(Sums, DoNotDependOnTheOrder) {
  Sum sum;
  for (const std::string_view part : {kMostLong, std::string_view("5"), std::string_view("-5"),
                                      std::string_view("1e300"), std::string_view("-1e300")}) {
    sum.add(read(part));
  }
  EXPECT_EQ(sum.total().to_double(), 0x1p63);
  Sum tenths;
  for (int i = 0; i < 10; ++i) tenths.add(read("0.1"));
  EXPECT_EQ(text_of(tenths.total()), R"({"$numberDouble":"1.0"})");
  EXPECT_EQ(text_of(tenths.average()), R"({"$numberDouble":"0.1"})");
}

TEST(Sums, HaveTheWidestKind) {
  Sum sum;
  EXPECT_EQ(text_of(sum.total()), R"({"$numberInt":"0"})");
  EXPECT_TRUE(sum.average().is_null());
  sum.add(read(kMostInt));
  sum.add(read("1"));
  EXPECT_EQ(text_of(sum.total()), R"({"$numberLong":"2147483648"})");
  sum.add(read(R"("text")"));
  EXPECT_EQ(sum.count(), 2);
  sum.add(read("0.5"));
  EXPECT_EQ(text_of(sum.total()), R"({"$numberDouble":"2147483648.5"})");
  sum.add(read(R"({"$numberDecimal":"0.25"})"));
  EXPECT_EQ(number_kind(sum.total()), NumberKind::decimal);
}

TEST(Sums, GiveBackWhatWasRemoved) {
  Sum sum;
  const std::string_view parts[] = {"1", R"({"$numberDouble":"Infinity"})",
                                    R"({"$numberDouble":"NaN"})", "2.5"};
  for (const std::string_view part : parts) sum.add(read(part));
  EXPECT_TRUE(is_nan(sum.total()));
  sum.remove(read(parts[2]));
  EXPECT_TRUE(is_infinite(sum.total()));
  sum.remove(read(parts[1]));
  EXPECT_EQ(text_of(sum.total()), R"({"$numberDouble":"3.5"})");
  sum.remove(read("2.5"));
  EXPECT_EQ(text_of(sum.total()), R"({"$numberInt":"1"})");
}

TEST(Sums, AreMerged) {
  Sum a;
  a.add(read(kMostLong));
  a.add(read(kMostLong));
  Sum b;
  b.add(read("0.5"));
  b.add(read(R"({"$numberDecimal":"1.5"})"));
  a.merge(b);
  EXPECT_EQ(text_of(a.total()), R"({"$numberDecimal":"18446744073709551616.0"})");
  EXPECT_EQ(a.count(), 4);
}

struct DecimalCase {
  std::string_view a;
  std::string_view b;
  std::string_view result;
};

Decimal decimal(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Decimal());
}

template <class Operation>
void expect_all(Operation operation, std::initializer_list<DecimalCase> cases) {
  for (const DecimalCase& test : cases) {
    EXPECT_EQ(operation(decimal(test.a), decimal(test.b)).to_string(), test.result)
        << test.a << " and " << test.b;
  }
}

TEST(Decimal128, AddsWith34Digits) {
  expect_all(decimal128::add, {{"1.50", "2.5", "4.00"},
                               {"9999999999999999999999999999999999", "1",
                                "1.000000000000000000000000000000000E+34"},
                               {"1E+40", "1", "1.000000000000000000000000000000000E+40"},
                               {"1E+6000", "-1", "1.000000000000000000000000000000000E+6000"},
                               {"1E+6144", "9E+6144", "Infinity"},
                               {"Infinity", "-Infinity", "NaN"},
                               {"-0", "-0", "-0"},
                               {"1", "-1.0", "0.0"},
                               {"0", "1E-6176", "1E-6176"}});
}

TEST(Decimal128, MultipliesDividesAndLeavesRests) {
  expect_all(decimal128::multiply, {{"1.10", "2", "2.20"},
                                    {"1E-6000", "1E-6000", "0E-6176"},
                                    {"9E+6144", "10", "Infinity"},
                                    {"Infinity", "0", "NaN"}});
  expect_all(decimal128::divide, {{"10", "4", "2.5"},
                                  {"1", "3", "0.3333333333333333333333333333333333"},
                                  {"1", "0", "Infinity"},
                                  {"0", "0", "NaN"},
                                  {"6.00", "2", "3.00"}});
  expect_all(decimal128::modulo, {{"7.5", "2", "1.5"},
                                  {"-7", "3", "-1"},
                                  {"1E+40", "7", "4"},
                                  {"1", "1E+100", "1"},
                                  {"1", "0", "NaN"}});
}

TEST(Decimal128, RoundsHalfToEven) {
  const Decimal number = decimal("12345678901234567890123456789012345");
  EXPECT_EQ(decimal128::round(number).to_string(), "1.234567890123456789012345678901234E+34");
  EXPECT_EQ(decimal128::round(decimal("1E-6177")).to_string(), "0E-6176");
  EXPECT_EQ(decimal128::round(decimal("16E-6177")).to_string(), "2E-6176");
  EXPECT_EQ(decimal128::round(decimal("1E+6144")).to_string(),
            "1.000000000000000000000000000000000E+6144");
  EXPECT_EQ(decimal128::from_double(0.1).to_string(), "0.100000000000000");
  EXPECT_EQ(decimal128::floor(decimal("-1.5")).to_string(), "-2");
  EXPECT_EQ(decimal128::ceil(decimal("-1.5")).to_string(), "-1");
}

TEST(Decimal128, KnowsFunctions) {
  EXPECT_EQ(decimal128::sqrt(decimal("0.25")).to_string(), "0.5");
  EXPECT_EQ(decimal128::sqrt(decimal("2")).to_string(), "1.414213562373095048801688724209698");
  EXPECT_EQ(decimal128::exp(decimal("1")).to_string(), "2.718281828459045235360287471352662");
  EXPECT_EQ(decimal128::exp(decimal("1E+10")).to_string(), "Infinity");
  EXPECT_EQ(decimal128::sin(decimal("3.141592653589793238462643383279503")).to_string(),
            "-1.158028306006248941790250554076922E-34");
  EXPECT_EQ(decimal128::pow(decimal("-2"), decimal("3")).to_string(),
            "-8.000000000000000000000000000000000");
  EXPECT_EQ(decimal128::pow(decimal("-2"), decimal("0.5")).to_string(), "NaN");
  EXPECT_EQ(decimal128::pow(decimal("0"), decimal("0")).to_string(), "1");
  EXPECT_EQ(decimal128::atan2(decimal("0"), decimal("-1")).to_string(),
            "3.141592653589793238462643383279503");
}

}  // namespace
}  // namespace octavo::mongodb
