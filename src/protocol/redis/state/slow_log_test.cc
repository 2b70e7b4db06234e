#include "protocol/redis/state/slow_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace octavo::redis {
namespace {

SlowCall call(std::int64_t duration_us) { return {.duration_us = duration_us}; }

TEST(SlowLogTest, KeepsTheNewestAndNumbersAll) {
  SlowLog log;
  for (int i = 0; i < 10; ++i) log.add(call(i), 4);
  EXPECT_EQ(log.size(), 4U);
  const auto newest = log.newest(2);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].id, 9);
  EXPECT_EQ(newest[1].duration_us, 8);
  EXPECT_EQ(log.newest(100).size(), 4U);
  log.clear();
  EXPECT_EQ(log.size(), 0U);
  log.add(call(1), 4);
  EXPECT_EQ(log.newest(1)[0].id, 10);  // numbers are never given twice
  log.add(call(1), 0);
  EXPECT_EQ(log.size(), 0U);
}

TEST(SlowLogTest, LongCallsAreShortened) {
  const std::string long_word(200, 'x');
  std::vector<std::string_view> args(40, "a");
  args[1] = long_word;
  const auto shown = shortened(args);
  ASSERT_EQ(shown.size(), 32U);
  EXPECT_EQ(shown[1], std::string(128, 'x') + "... (72 more bytes)");
  EXPECT_EQ(shown[30], "a");
  EXPECT_EQ(shown[31], "... (9 more arguments)");
  EXPECT_EQ(shortened(std::span(args).first(32)).size(), 32U);
  EXPECT_EQ(shortened(std::span(args).first(32))[31], "a");
}

}  // namespace
}  // namespace octavo::redis
