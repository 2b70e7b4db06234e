#include "protocol/redis/state/rates.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

TEST(RatesTest, AreTakenOverTheTimeBetweenQuestions) {
  Rates rates;
  rates.measure({.commands = 100, .input_bytes = 0, .output_bytes = 0}, 10 * kSecondNs);
  const auto measured =
      rates.measure({.commands = 300, .input_bytes = 4000, .output_bytes = 8000}, 12 * kSecondNs);
  EXPECT_DOUBLE_EQ(measured.commands, 100);
  EXPECT_DOUBLE_EQ(measured.input_bytes, 2000);
  EXPECT_DOUBLE_EQ(measured.output_bytes, 4000);
}

TEST(RatesTest, ASecondQuestionAtOnceChangesNothing) {
  Rates rates;
  rates.measure({.commands = 50, .input_bytes = 0, .output_bytes = 0}, 10 * kSecondNs);
  const auto again =
      rates.measure({.commands = 51, .input_bytes = 0, .output_bytes = 0}, 10 * kSecondNs + 5);
  EXPECT_DOUBLE_EQ(again.commands, 5);
}

TEST(RatesTest, TotalsMayBeReset) {
  Rates rates;
  rates.measure({.commands = 1000, .input_bytes = 0, .output_bytes = 0}, 10 * kSecondNs);
  const auto after =
      rates.measure({.commands = 10, .input_bytes = 0, .output_bytes = 0}, 11 * kSecondNs);
  EXPECT_DOUBLE_EQ(after.commands, 10);
}

}  // namespace
}  // namespace octavo::redis
