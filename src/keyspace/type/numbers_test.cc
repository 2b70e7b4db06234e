#include "keyspace/type/numbers.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace octavo::keyspace {
namespace {

TEST(NumbersTest, IntegersAreCanonical) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("-1"), -1);
  EXPECT_EQ(parse_int64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "+1", "01", "-0", " 1", "1 ", "1x", "9223372036854775808",
                           "-9223372036854775809", "99999999999999999999"}) {
    EXPECT_EQ(parse_int64(text), std::nullopt) << text;
  }
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-7}, std::int64_t{100},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(format_int64(value), std::to_string(value));
  }
}

TEST(NumbersTest, DoublesLookAsInRedis) {
  EXPECT_EQ(format_double(3.3), "3.2999999999999998");
  EXPECT_EQ(format_double(17), "17");
  EXPECT_EQ(format_double(-0.0), "-0");
  EXPECT_EQ(format_double(1e20), "1e+20");
  EXPECT_EQ(format_double(100000000000000000.0), "1e+17");
  EXPECT_EQ(format_double(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(format_human(3.0L), "3");
  EXPECT_EQ(format_human(10.6L), "10.6");
  EXPECT_EQ(format_human(-0.0L), "0");
  EXPECT_EQ(parse_double("0x10"), 16);
  EXPECT_EQ(parse_double("1e3"), 1000);
  for (const char* text : {"", " 1", "1 ", "nan", "abc", "1e400", "1e-400"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace octavo::keyspace
