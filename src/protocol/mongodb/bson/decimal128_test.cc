#include "protocol/mongodb/bson/decimal128.h"

#include <gtest/gtest.h>

namespace octavo::mongodb {
namespace {

using value::Decimal;

struct Case {
  const char* text;
  std::uint64_t high;
  std::uint64_t low;
};

// Bits of the specification's tests (bson-corpus, decimal128-1 and -2).
constexpr Case kExact[] = {
    {"0", 0x3040000000000000, 0},
    {"-0", 0xb040000000000000, 0},
    {"1", 0x3040000000000000, 1},
    {"-1", 0xb040000000000000, 1},
    {"0.1", 0x303e000000000000, 1},
    {"0.001234", 0x3034000000000000, 0x4d2},
    {"12345678901234567", 0x3040000000000000, 0x2bdc545d6b4b87},
    {"1E+3", 0x3046000000000000, 1},
    {"0E-6176", 0, 0},
    {"1E-6176", 0, 1},
    {"Infinity", 0x7800000000000000, 0},
    {"-Infinity", 0xf800000000000000, 0},
    {"NaN", 0x7c00000000000000, 0},
    {"9.999999999999999999999999999999999E+6144", 0x5fffed09bead87c0, 0x378d8e63ffffffff},
};

TEST(Decimal128, BitsAreThoseOfTheSpecification) {
  for (const Case& c : kExact) {
    const Decimal decimal = *Decimal::parse(c.text);
    const Decimal128Bits bits{.low = c.low, .high = c.high};
    EXPECT_EQ(to_decimal128(decimal), bits) << c.text;
    EXPECT_EQ(from_decimal128(bits).to_string(), decimal.to_string()) << c.text;
  }
}

struct Rounded {
  const char* given;
  const char* kept;
};

constexpr Rounded kRounded[] = {
    // 35 digits, half to even.
    {"12345678901234567890123456789012345", "1.234567890123456789012345678901234E+34"},
    {"12345678901234567890123456789012355", "1.234567890123456789012345678901236E+34"},
    // The carry makes one digit more.
    {"99999999999999999999999999999999999", "1.000000000000000000000000000000000E+35"},
    // Zeros take the exponent within its bounds, as far as there are digits.
    {"1E+6112", "1.0E+6112"},
    {"1E+6144", "1.000000000000000000000000000000000E+6144"},
    {"1E+6145", "Infinity"},
    {"-1E+6145", "-Infinity"},
    {"0E+7000", "0E+6111"},
    {"1E-6177", "0E-6176"},
    {"15E-6177", "2E-6176"},
    {"-1E-7000", "-0E-6176"},
};

TEST(Decimal128, WhatDoesNotFitIsRounded) {
  for (const Rounded& c : kRounded) {
    const Decimal128Bits bits = to_decimal128(*Decimal::parse(c.given));
    EXPECT_EQ(from_decimal128(bits).to_string(), c.kept) << c.given;
  }
}

TEST(Decimal128, SignificandsThatAreNotCanonicalAreZero) {
  // Above 10^34 - 1.
  EXPECT_TRUE(from_decimal128({.low = 0x378d8e6400000000, .high = 0x3041ed09bead87c0}).is_zero());
  // The other form.
  EXPECT_TRUE(from_decimal128({.low = 1, .high = 0x6c10000000000000}).is_zero());
  EXPECT_EQ(from_decimal128({.low = 1, .high = 0x7e00000000000000}).kind(), Decimal::Kind::nan);
}

}  // namespace
}  // namespace octavo::mongodb
