#include "value/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace octavo::value {
namespace {

// GoogleTest compares with int, std::strong_ordering only with a literal zero.
int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

Decimal parse(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Decimal::nan());
}

TEST(Decimal, ParsesAndPrints) {
  const struct {
    std::string_view text;
    std::string_view printed;
  } cases[] = {
      {"0", "0"},
      {"-0", "-0"},
      {"0.00", "0.00"},
      {"12.50", "12.50"},
      {"+7", "7"},
      {".5", "0.5"},
      {"5.", "5"},
      {"1e3", "1E+3"},
      {"12e-1", "1.2"},
      {"1E-7", "1E-7"},
      {"0.000001", "0.000001"},
      {"-1.5e+10", "-1.5E+10"},
      {"NaN", "NaN"},
      {"-inf", "-Infinity"},
      {"1e6144", "1E+6144"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(parse(text).to_string(), printed) << text;
  EXPECT_EQ(parse("1e3").to_plain_string(), "1000");
  EXPECT_EQ(parse("1e-9").to_plain_string(), "0.000000001");
  EXPECT_EQ(parse("-12.5").to_plain_string(), "-12.5");
}

TEST(Decimal, RefusesWhatIsNotANumber) {
  for (const std::string_view text :
       {"", "-", ".", "e5", "1e", "1e+-5", "1.2.3", "0x10", " 1", "1 ", "1,5", "--1"}) {
    const auto parsed = Decimal::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid_argument);
  }
  EXPECT_EQ(Decimal::parse("1e99999999999").error().code, Code::out_of_range);
  EXPECT_EQ(Decimal::parse(std::string(77, '9')).error().code, Code::out_of_range);
}

TEST(Decimal, HoldsSeventySixDigits) {
  const std::string nines(76, '9');
  EXPECT_EQ(parse(nines).to_plain_string(), nines);
  EXPECT_EQ(parse("0." + nines).to_plain_string(), "0." + nines);
  EXPECT_FALSE(add(parse(nines), parse("1")).has_value() &&
               add(parse(nines), parse("1"))->digits() > 76);
  EXPECT_EQ(add(parse(nines), parse("1"))->to_string(),
            "1.000000000000000000000000000000000000000"
            "000000000000000000000000000000000000E+76");
  EXPECT_EQ(add(parse(nines), parse("2")).error().code, Code::out_of_range);
  EXPECT_EQ(parse("1" + std::string(90, '0')), parse("1e90"));
}

TEST(Decimal, Arithmetic) {
  EXPECT_EQ(add(parse("0.1"), parse("0.2"))->to_string(), "0.3");
  EXPECT_EQ(subtract(parse("1"), parse("0.01"))->to_string(), "0.99");
  EXPECT_EQ(subtract(parse("1.0"), parse("1.0"))->to_string(), "0.0");
  EXPECT_EQ(multiply(parse("-1.5"), parse("2.5"))->to_string(), "-3.75");
  EXPECT_EQ(divide(parse("1"), parse("3"), 5, Rounding::half_up)->to_string(), "0.33333");
  EXPECT_EQ(divide(parse("2"), parse("3"), 5, Rounding::half_up)->to_string(), "0.66667");
  EXPECT_EQ(divide(parse("1"), parse("8"), 2, Rounding::half_even)->to_string(), "0.12");
  EXPECT_EQ(divide(parse("1"), parse("8"), 2, Rounding::half_up)->to_string(), "0.13");
  EXPECT_EQ(divide(parse("1"), parse("0.00"), 2, Rounding::half_up).error().code,
            Code::invalid_argument);
  const std::string a = "12345678901234567890123456789012345678";
  EXPECT_EQ(multiply(parse(a), parse("10000000000000000000000000000000000000"))->to_plain_string(),
            a + "0000000000000000000000000000000000000");
  EXPECT_EQ(divide(parse("1" + std::string(60, '0')), parse("3" + std::string(59, '0')), 3,
                   Rounding::down)
                ->to_string(),
            "3.333");
}

// Numbers of 64 bits have a way of their own: it gives what longer ones give.
TEST(Decimal, SmallNumbersAreAddedAndMultipliedAsLongOnes) {
  const auto parsed = [](std::string_view text) { return *Decimal::parse(text); };
  const Decimal huge = parsed("1" + std::string(45, '0'));
  const Decimal one = parsed("1" + std::string(20, '0')).rescale(0, Rounding::down).value();
  const std::string_view texts[] = {"0",
                                    "-0",
                                    "0.00",
                                    "1",
                                    "-1",
                                    "0.5",
                                    "-2.50",
                                    "1e5",
                                    "-7e-9",
                                    "18446744073709551615",
                                    "-18446744073709551615",
                                    "9.99",
                                    "123456789.123456789",
                                    "-0.000"};
  for (const std::string_view a : texts) {
    for (const std::string_view b : texts) {
      const Decimal x = parsed(a);
      const Decimal y = parsed(b);
      const auto sum = add(x, y);
      const auto far = add(*add(x, huge), *subtract(y, huge));
      ASSERT_TRUE(sum && far);
      EXPECT_EQ(*sum, *far) << a << " + " << b;
      EXPECT_EQ(sum->scale(), std::max(x.scale(), y.scale())) << a << " + " << b;
      EXPECT_EQ(sum->digits(), static_cast<int>(sum->digit_text().size())) << a << " + " << b;
      const auto product = multiply(x, y);
      const auto long_product = multiply(*multiply(x, one), y);
      ASSERT_TRUE(product && long_product);
      EXPECT_EQ(*multiply(*product, one), *long_product) << a << " * " << b;
      EXPECT_EQ(product->scale(), x.scale() + y.scale()) << a << " * " << b;
    }
  }
  EXPECT_TRUE(add(parsed("-0"), parsed("-0.00"))->is_negative());
  EXPECT_FALSE(add(parsed("-1"), parsed("1"))->is_negative());
}

TEST(Decimal, Rescale) {
  EXPECT_EQ(parse("2.345").rescale(2, Rounding::half_even)->to_string(), "2.34");
  EXPECT_EQ(parse("2.345").rescale(2, Rounding::half_up)->to_string(), "2.35");
  EXPECT_EQ(parse("2.3451").rescale(2, Rounding::half_even)->to_string(), "2.35");
  EXPECT_EQ(parse("-2.349").rescale(2, Rounding::down)->to_string(), "-2.34");
  EXPECT_EQ(parse("2").rescale(3, Rounding::half_up)->to_string(), "2.000");
  EXPECT_EQ(parse("0.6").rescale(0, Rounding::half_up)->to_string(), "1");
  EXPECT_EQ(parse("0.06").rescale(0, Rounding::half_up)->to_string(), "0");
  EXPECT_EQ(parse("5").rescale(-1, Rounding::half_up)->to_string(), "1E+1");
  EXPECT_EQ(parse("5").rescale(-5, Rounding::half_up)->to_double(), 0);
}

TEST(Decimal, ComparesByValue) {
  const std::string_view ascending[] = {"NaN",     "-inf", "-1e400", "-10", "-9.99",
                                        "-1e-400", "0",    "1e-400", "0.1", "0.11",
                                        "1",       "9e5",  "1e6",    "inf"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(sign(parse(ascending[i]) <=> parse(ascending[j])), sign(i <=> j)) << i << " " << j;
    }
  }
  EXPECT_EQ(parse("1.50"), parse("1.5"));
  EXPECT_EQ(parse("1e2"), parse("100.0"));
  EXPECT_EQ(parse("-0"), parse("0.000"));
}

TEST(Decimal, ConvertsToNearestDouble) {
  EXPECT_EQ(parse("0.1").to_double(), 0.1);
  EXPECT_EQ(parse("9007199254740993").to_double(), 0x1p53);
  EXPECT_EQ(parse("1e-400").to_double(), 0);
  EXPECT_EQ(parse("-1e400").to_double(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse("4.9e-324").to_double(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse("-9223372036854775808").to_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse("9223372036854775808").to_int64(), std::nullopt);
  EXPECT_EQ(parse("9223372036854775808").to_uint64(), 1ULL << 63);
  EXPECT_EQ(parse("1e3").to_int64(), 1000);
  EXPECT_EQ(parse("1.5").to_int64(), std::nullopt);
  EXPECT_EQ(parse("1e-9000").to_int64(), std::nullopt);
}

TEST(Decimal, ComparesExactlyWithDoubles) {
  EXPECT_LT(sign(compare(parse("0.1"), 0.1)), 0);
  EXPECT_EQ(sign(compare(parse("0.5"), 0.5)), 0);
  EXPECT_EQ(sign(compare(parse("0.1000000000000000055511151231257827021181583404541015625"), 0.1)),
            0);
  EXPECT_GT(sign(compare(parse("-0.1"), -0.1)), 0);
  EXPECT_GT(sign(compare(parse("1e400"), std::numeric_limits<double>::max())), 0);
  EXPECT_LT(sign(compare(parse("1e400"), std::numeric_limits<double>::infinity())), 0);
  EXPECT_GT(sign(compare(parse("1e-400"), 0.0)), 0);
  EXPECT_EQ(sign(compare(parse("0.00"), -0.0)), 0);
}

TEST(Decimal, ShortestFromDoubleReadsBack) {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    EXPECT_EQ(Decimal::from_double(value).to_double(), value);
  }
}

TEST(Decimal, TextRoundTripKeepsScale) {
  Random random(4);
  for (int i = 0; i < 2000; ++i) {
    Uint256 coefficient(random());
    for (std::uint64_t n = random.below(3); n > 0; --n)
      coefficient.multiply_add(random(), random());
    const auto made =
        Decimal::make(random.below(2) == 0, coefficient, static_cast<int>(random.below(200)) - 100);
    if (!made) continue;
    const Decimal back = parse(made->to_string());
    EXPECT_EQ(back.coefficient(), made->coefficient());
    EXPECT_EQ(back.scale(), made->scale());
    EXPECT_EQ(back.is_negative(), made->is_negative());
  }
}

}  // namespace
}  // namespace octavo::value
