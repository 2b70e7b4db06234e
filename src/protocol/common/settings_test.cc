#include "protocol/common/settings.h"

#include <gtest/gtest.h>

namespace octavo::protocol {
namespace {

constexpr SettingRow kThreads{
    .name = "threads", .kind = SettingKind::count, .fallback = "0", .help = "", .maximum = 256};
constexpr SettingRow kLogLevel{.name = "log-level",
                               .kind = SettingKind::choice,
                               .fallback = "info",
                               .help = "",
                               .choices = "debug|info|warning|error|off"};
constexpr SettingRow kRows[] = {kThreads, kLogLevel};

RawSettings one(const std::string& name, const std::string& text, const std::string& origin) {
  RawSettings out;
  out[name] = RawSetting{{text}, origin};
  return out;
}

TEST(Settings, WhatNobodySpeaksOfHasItsFallback) {
  const auto settings = Settings::resolve(kRows, {});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->number(kThreads), 0U);
  EXPECT_EQ(settings->text(kLogLevel), "info");
}

TEST(Settings, TheFirstSourceThatSpeaksWins) {
  const RawSettings sources[] = {one("threads", "1", "--threads"),
                                 one("threads", "2", "OCTAVO_THREADS"),
                                 one("log-level", "debug", "file: log-level")};
  const auto settings = Settings::resolve(kRows, sources);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->number(kThreads), 1U);
  EXPECT_EQ(settings->text(kLogLevel), "debug");
}

TEST(Settings, AnErrorNamesItsSourceAndWhatIsAllowed) {
  const RawSettings sources[] = {one("log-level", "loud", "OCTAVO_LOG_LEVEL")};
  EXPECT_EQ(Settings::resolve(kRows, sources).error().what,
            "OCTAVO_LOG_LEVEL: 'loud' is not allowed; allowed: debug, info, warning, error or off");
}

}  // namespace
}  // namespace octavo::protocol
