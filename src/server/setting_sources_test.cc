#include "server/setting_sources.h"

#include <gtest/gtest.h>

#include "server/core_settings.h"

namespace octavo::server {
namespace {

using protocol::kBind;
using protocol::Settings;

constexpr SettingRow kRows[] = {kData, kConfig, kBind, kMemory, kThreads, kLogLevel};

TEST(CoreSettings, EveryFallbackOfTheTableIsAllowed) {
  const auto settings = Settings::resolve(kCoreRows, {});
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(settings->text(kData), "");
  EXPECT_EQ(settings->number(kMemory), std::nullopt);
  EXPECT_EQ(settings->number(kThreads), 0U);
  EXPECT_EQ(settings->list(kBind), std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(settings->number(kLogRetentionBytes), 1ULL << 30);
}

TEST(Environment, VariablesNameRows) {
  const char* const environment[] = {"HOME=/root", "OCTAVO_LOG_LEVEL=error", "OCTAVO_BIND=::1",
                                     "OCTAVO_THREDS=2", nullptr};
  std::vector<std::string> unknown;
  const RawSettings raw = read_environment(kRows, environment, unknown);
  EXPECT_EQ(raw.size(), 2U);
  EXPECT_EQ(raw.at("log-level").texts, std::vector<std::string>{"error"});
  EXPECT_EQ(raw.at("bind").origin, "OCTAVO_BIND");
  EXPECT_EQ(unknown, std::vector<std::string>{"OCTAVO_THREDS"});
}

TEST(ConfigFile, TakesTextsNumbersAndLists) {
  const auto raw = parse_config(kRows,
                                "data = \"/tmp/x\"\nthreads = 4  # enough\n"
                                "bind = [\"127.0.0.1\", \"::1\"]\n",
                                "octavo.toml");
  ASSERT_TRUE(raw) << raw.error().what;
  EXPECT_EQ(raw->at("data").texts, std::vector<std::string>{"/tmp/x"});
  EXPECT_EQ(raw->at("threads").texts, std::vector<std::string>{"4"});
  EXPECT_EQ(raw->at("threads").origin, "octavo.toml: threads");
  EXPECT_EQ(raw->at("bind").texts, (std::vector<std::string>{"127.0.0.1", "::1"}));
}

TEST(ConfigFile, WrongOnesAreNamed) {
  const auto error = [](std::string_view text) {
    return parse_config(kRows, text, "f.toml").error().what;
  };
  EXPECT_EQ(error("threds = 1"), "f.toml: threds: no such setting; did you mean threads?");
  EXPECT_EQ(error("zzzzzzzz = 1"),
            "f.toml: zzzzzzzz: no such setting; there are: data, config, bind, memory, threads, "
            "log-level");
  EXPECT_EQ(error("threads = 1.5"),
            "f.toml: threads: this kind of value is not allowed; allowed: 0 to 256");
  EXPECT_TRUE(error("\nthreads = ").starts_with("f.toml:2: "));
  EXPECT_TRUE(error("\n# \xc3\xa9\n\xc3\xa9 = 1").starts_with("f.toml:3: only ASCII is allowed"));
  EXPECT_TRUE(error("data = \"a\" \xc3\xa9").starts_with("f.toml:1: only ASCII is allowed"));
  EXPECT_TRUE(error("data = \"\"\"a\"\"\"").starts_with("f.toml:1: strings of several lines"));
  EXPECT_TRUE(parse_config(kRows, "data = \"/caf\xc3\xa9\"  # \xc3\xa9\n", "f.toml"));
  EXPECT_TRUE(error("config = \"g.toml\"").starts_with("f.toml: config: no such setting"));
  EXPECT_FALSE(read_config_file(kRows, "/nowhere/f.toml"));
}

}  // namespace
}  // namespace octavo::server
