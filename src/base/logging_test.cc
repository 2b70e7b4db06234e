#include "base/logging.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

TEST(Logging, FieldsFollowTheMessageInTheirOrder) {
  EXPECT_EQ(format_log_event("log opened", {{"records", 12}, {"path", "/data/log"}, {"new", true}}),
            R"(message="log opened" records=12 path=/data/log new=true)");
  EXPECT_EQ(format_log_event("ready", {{"share", 0.5}, {"low", std::int64_t{-3}}}),
            "message=ready share=0.5 low=-3");
}

TEST(Logging, ValuesCannotForgeFieldsOrLines) {
  EXPECT_EQ(format_log_event("bad", {{"input", "a b=c\n\"d\"\\\x01"}, {"none", ""}}),
            R"(message=bad input="a b=c\n\"d\"\\\x01" none="")");
}

TEST(Logging, LinesCarryTimeAndLevelAndRespectTheThreshold) {
  testing::internal::CaptureStderr();
  log_debug("below the threshold");
  log_warning("disk is slow", {{"took_ms", 7}});
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines.find("below"), std::string::npos);
  EXPECT_TRUE(lines.starts_with("time=2")) << lines;
  EXPECT_TRUE(lines.ends_with("Z level=warning message=\"disk is slow\" took_ms=7\n")) << lines;
}

TEST(Logging, LevelsAreKnownByName) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
  set_log_level(LogLevel::error);
  EXPECT_FALSE(log_enabled(LogLevel::warning));
  set_log_level(LogLevel::info);
  EXPECT_TRUE(log_enabled(LogLevel::warning));
}

}  // namespace
}  // namespace octavo
