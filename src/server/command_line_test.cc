#include "server/command_line.h"

#include <gtest/gtest.h>

namespace octavo::server {
namespace {

constexpr SettingRow kRows[] = {kData, kConfig, kBind, kThreads};

Result<Command> parse(const std::vector<std::string>& arguments) {
  return parse_command_line(kRows, arguments);
}

TEST(CommandLine, ServeTakesSettings) {
  const auto command =
      parse({"serve", "--data", "/d", "--bind", "::1", "--bind", "127.0.0.1", "--threads=2"});
  ASSERT_TRUE(command) << command.error().what;
  EXPECT_EQ(command->action, Action::serve);
  EXPECT_EQ(command->flags.at("data").texts, std::vector<std::string>{"/d"});
  EXPECT_EQ(command->flags.at("bind").texts, (std::vector<std::string>{"::1", "127.0.0.1"}));
  EXPECT_EQ(command->flags.at("threads").texts, std::vector<std::string>{"2"});
  EXPECT_EQ(command->flags.at("threads").origin, "--threads");
  EXPECT_FALSE(command->flags.contains("config"));
}

TEST(CommandLine, TheOtherActions) {
  EXPECT_EQ(parse({"check", "/d"})->action, Action::check);
  EXPECT_EQ(parse({"check", "/d"})->directory, "/d");
  EXPECT_EQ(parse({"version"})->action, Action::version);
  EXPECT_EQ(parse({"help"})->action, Action::help);
  EXPECT_EQ(parse({"serve", "--help"})->action, Action::help);
  EXPECT_EQ(parse({"-h"})->action, Action::help);
}

TEST(CommandLine, WrongOnesAreNamed) {
  EXPECT_EQ(parse({"serve", "--thread", "2"}).error().what,
            "--thread: no such setting; did you mean --threads?");
  EXPECT_EQ(parse({"serve", "--colour=red"}).error().what,
            "--colour: no such setting; `octavo help` lists them");
  EXPECT_EQ(parse({"serve", "now"}).error().what, "now: not understood; see `octavo help`");
  EXPECT_NE(parse({"serve", "--data"}).error().what.find("--data"), std::string::npos);
  EXPECT_FALSE(parse({}));
  EXPECT_FALSE(parse({"dance"}));
  EXPECT_FALSE(parse({"check"}));
  EXPECT_FALSE(parse({"version", "2"}));
}

TEST(CommandLine, HelpNamesEverySettingWithItsDefaultAndAllowedValues) {
  const std::string help = help_text(kRows);
  for (const SettingRow& row : kRows) {
    EXPECT_NE(help.find("--" + std::string(row.name) + " "), std::string::npos) << row.name;
  }
  EXPECT_NE(help.find("Allowed: 0 to 256."), std::string::npos) << help;
}

}  // namespace
}  // namespace octavo::server
