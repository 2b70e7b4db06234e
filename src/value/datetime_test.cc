#include "value/datetime.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace octavo::value {
namespace {

std::string printed(std::string_view text, const IsoOptions& options = {}) {
  const auto parsed = parse_iso8601(text, options);
  return parsed ? format_iso8601(*parsed) : parsed.error().what;
}

TEST(Calendar, KnownDays) {
  EXPECT_EQ(days_from_civil({1970, 1, 1}), 0);
  EXPECT_EQ(days_from_civil({2000, 3, 1}), 11'017);
  EXPECT_EQ(days_from_civil({1, 1, 1}), -719'162);
  EXPECT_EQ(days_from_civil({-9999, 1, 1}), -4'371'587);
  EXPECT_EQ(civil_from_days(-719'528), (CivilDate{0, 1, 1}));
  EXPECT_EQ(day_of_week(0), 4);
  EXPECT_EQ(day_of_week(-1), 3);
  EXPECT_EQ(day_of_year({2024, 12, 31}), 366);
  EXPECT_EQ(iso_week(days_from_civil({2021, 1, 3})).week, 53);
  EXPECT_EQ(iso_week(days_from_civil({2021, 1, 3})).year, 2020);
  EXPECT_EQ(iso_week(days_from_civil({2024, 12, 30})).week, 1);
}

TEST(Calendar, EveryDayOfTwentyThousandYears) {
  CivilDate expected{-9999, 1, 1};
  for (std::int64_t day = days_from_civil(expected); expected.year <= 10'001; ++day) {
    ASSERT_EQ(civil_from_days(day), expected);
    ASSERT_EQ(days_from_civil(expected), day);
    if (++expected.day > days_in_month(expected.year, expected.month)) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
  }
}

TEST(Calendar, Validity) {
  EXPECT_TRUE(is_valid({2024, 2, 29}));
  EXPECT_FALSE(is_valid({2023, 2, 29}));
  EXPECT_TRUE(is_valid({2000, 2, 29}));
  EXPECT_FALSE(is_valid({1900, 2, 29}));
  EXPECT_FALSE(is_valid({2024, 13, 1}));
  EXPECT_FALSE(is_valid({2024, 4, 31}));
}

TEST(Timestamps, CivilRoundTrip) {
  Random random(5);
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp time{static_cast<std::int64_t>(random.below(1ULL << 38)) - (1LL << 37),
                         static_cast<std::uint32_t>(random.below(1'000'000'000)),
                         static_cast<std::int16_t>(static_cast<int>(random.below(2000)) - 1000)};
    EXPECT_EQ(from_civil(to_civil(time)), time);
    const auto back = parse_iso8601(format_iso8601(time));
    ASSERT_TRUE(back.has_value()) << back.error().what;
    EXPECT_EQ(*back, time);
  }
}

TEST(Timestamps, TheEndsOfTheRangePrint) {
  using Limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(format_iso8601({Limits::min(), 0, -60}), "-292277022657-01-27T07:29:52-01:00");
  EXPECT_EQ(format_iso8601({Limits::max(), 0, 60}), "+292277026596-12-04T16:30:07+01:00");
}

TEST(Iso8601, Parses) {
  EXPECT_EQ(printed("2024-02-29T12:34:56.789+02:00"), "2024-02-29T12:34:56.789+02:00");
  EXPECT_EQ(printed("20240229T123456Z"), "2024-02-29T12:34:56+00:00");
  EXPECT_EQ(printed("2024-02-29T12-07"), "2024-02-29T12:00:00-07:00");
  EXPECT_EQ(printed("2024-W07-3T00:00Z"), "2024-02-14T00:00:00+00:00");
  EXPECT_EQ(printed("2024W073T00Z"), "2024-02-14T00:00:00+00:00");
  EXPECT_EQ(printed("2024-060T00:00:00Z"), "2024-02-29T00:00:00+00:00");
  EXPECT_EQ(printed("2024-02-28T24:00:00Z"), "2024-02-29T00:00:00+00:00");
  EXPECT_EQ(printed("-0044-03-15T00:00:00Z"), "-0044-03-15T00:00:00+00:00");
  EXPECT_EQ(printed("+12345-01-01T00:00:00Z"), "+12345-01-01T00:00:00+00:00");
  EXPECT_EQ(printed("2024-02-29T12:34:56.1234567899Z"), "2024-02-29T12:34:56.123456789+00:00");
  EXPECT_EQ(printed("2024-02-29", {.default_zone = 60}), "2024-02-29T00:00:00+01:00");
  EXPECT_EQ(printed("2024-2-9 01:02:03 +0100", {.permissive = true}), "2024-02-09T01:02:03+01:00");
}

TEST(Iso8601, Refuses) {
  for (const std::string_view text :
       {"", "2024", "24-01-01", "2024-13-01T00:00Z", "2023-02-29T00:00Z", "2024-01-01T25:00Z",
        "2024-01-01T24:00:01Z", "2024-01-01T00:60Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00Zx",
        "2024-01-01 00:00:00Z", "2024-1-1T00:00Z", "2023-W53-1T00Z", "2023-366T00Z", "2024-01-01T",
        "20240229T12:34:56+2:00"}) {
    EXPECT_FALSE(parse_iso8601(text).has_value()) << text;
  }
  EXPECT_EQ(printed("2024-01-40T00:00Z"),
            "invalid ISO 8601 text '2024-01-40T00:00Z': expected a day that the month has at "
            "position 10");
}

TEST(Iso8601, Zones) {
  EXPECT_EQ(parse_zone("Z"), 0);
  EXPECT_EQ(parse_zone("-05:30"), -330);
  EXPECT_EQ(parse_zone("+1400"), 840);
  EXPECT_EQ(parse_zone("+07"), 420);
  for (const std::string_view text :
       {"", "+", "+7", "07:00", "+07:0", "+07:60", "+24:00", "+07:00x"}) {
    EXPECT_EQ(parse_zone(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_zone(-330), "-05:30");
  EXPECT_EQ(format_zone(0), "+00:00");
}

TEST(Iso8601, Durations) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t ns : {Limits::min(), std::int64_t{-1}, std::int64_t{0},
                                std::int64_t{3'661'500'000'000}, Limits::max()}) {
    EXPECT_EQ(parse_duration(format_duration(ns)).value(), ns);
  }
  EXPECT_EQ(parse_duration("838:59").value(), 3'020'340'000'000'000);
  for (const std::string_view text : {"", "1", "1:60", "1:00:60", "1:00:00.", "9999999:00", "x"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Iso8601, Styles) {
  const Timestamp time{0, 120'000'000, 0};
  EXPECT_EQ(format_iso8601(time, {.digits = 3, .zulu = true}), "1970-01-01T00:00:00.120Z");
  EXPECT_EQ(format_iso8601(time, {.digits = 0, .separator = ' '}), "1970-01-01 00:00:00+00:00");
  EXPECT_EQ(format_date(2'932'897), "+10000-01-01");
  EXPECT_EQ(parse_date("1969-12-31").value(), -1);
  EXPECT_FALSE(parse_date("1969-12-31T00").has_value());
}

}  // namespace
}  // namespace octavo::value
