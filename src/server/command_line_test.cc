#include "server/command_line.h"

#include <gtest/gtest.h>

#include "server/core_settings.h"

namespace octavo::server {
namespace {

constexpr SettingRow kRows[] = {kData, kConfig, protocol::kBind, kThreads, kLogDelayMs};

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
  EXPECT_EQ(parse({"--version"})->action, Action::version);
}

TEST(CommandLine, ImportTakesWhatItReadsBesideSettings) {
  const auto command = parse(
      {"import", "--data", "/d", "--redis-rdb=dump.rdb", "--existing", "skip", "--threads=2"});
  ASSERT_TRUE(command) << command.error().what;
  EXPECT_EQ(command->action, Action::import_data);
  EXPECT_EQ(command->flags.at("redis-rdb").texts, std::vector<std::string>{"dump.rdb"});
  EXPECT_EQ(command->flags.at("existing").texts, std::vector<std::string>{"skip"});
  EXPECT_TRUE(command->flags.contains("threads"));
  EXPECT_FALSE(parse({"serve", "--data", "/d", "--redis-rdb=dump.rdb"}));
  EXPECT_NE(parse({"import", "--help"})->help.find("--existing"), std::string::npos);
}

TEST(CommandLine, LogDumpTakesAPlaceAndANumberOfRecords) {
  const auto all = parse({"log", "dump", "--data", "/d"});
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->action, Action::log_dump);
  EXPECT_EQ(all->directory, "/d");
  EXPECT_EQ(all->dump.from, Lsn::zero());
  const auto some = parse({"log", "dump", "--count=3", "--from", "0:1:4096", "--data=/d"});
  ASSERT_TRUE(some) << some.error().what;
  EXPECT_EQ(some->dump.from, parse_lsn("0:1:4096"));
  EXPECT_EQ(some->dump.count, 3U);
  for (const char* wrong : {"4096", "0:0:", "0:0:x", "0:70000:1", "0:0:1:2", ""}) {
    EXPECT_FALSE(parse({"log", "dump", "--data", "/d", "--from", wrong})) << wrong;
  }
  const auto error = [](const std::vector<std::string>& arguments) {
    return parse(arguments).error().what;
  };
  EXPECT_TRUE(error({"log"}).starts_with("log: what to do with it is missing: octavo log dump"));
  EXPECT_TRUE(error({"log", "dump"}).starts_with("log dump: --data is missing"));
  EXPECT_TRUE(error({"log", "dump", "--data"}).starts_with("--data: has no value"));
  EXPECT_TRUE(error({"log", "dump", "--to", "1"}).starts_with("--to: not understood"));
  EXPECT_EQ(error({"log", "dump", "--data", "/d", "--count", "-1"}),
            "--count: '-1': allowed: a number of records");
}

TEST(CommandLine, HelpIsOfTheCommandThatAsks) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"help"}, {"-h"}, {"--help"}, {"help", "help"}}) {
    const auto command = parse(arguments);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->action, Action::help);
    EXPECT_NE(command->help.find("octavo check DIR"), std::string::npos);
    EXPECT_NE(command->help.find("--threads "), std::string::npos);
  }
  const std::string serve = parse({"serve", "--help"})->help;
  EXPECT_EQ(serve, parse({"help", "serve"})->help);
  EXPECT_EQ(serve.find("octavo check"), std::string::npos);
  EXPECT_NE(serve.find("--threads "), std::string::npos);
  const std::string check = parse({"check", "-h"})->help;
  EXPECT_TRUE(check.starts_with("octavo check DIR\n"));
  EXPECT_EQ(check.find("--threads"), std::string::npos);
}

TEST(CommandLine, WrongOnesAreNamed) {
  const auto error = [](const std::vector<std::string>& arguments) {
    return parse(arguments).error().what;
  };
  EXPECT_EQ(error({"serve", "--thread", "2"}),
            "--thread: no such setting; did you mean --threads?");
  EXPECT_EQ(error({"serve", "--colour=red"}),
            "--colour: no such setting; `octavo help serve` lists them");
  EXPECT_EQ(error({"serve", "now"}),
            "now: not understood; a setting is --name VALUE, see `octavo help serve`");
  EXPECT_EQ(error({"serve", "--threads"}), "--threads: has no value; allowed: 0 to 256");
  EXPECT_EQ(error({"serve", "--threads", "--data", "/d"}),
            "--threads: has no value; allowed: 0 to 256");
  EXPECT_EQ(
      error({}),
      "a command is missing; allowed: serve, check, log, import, version, help; see `octavo help`");
  EXPECT_EQ(error({"dance"}),
            "dance: no such command; allowed: serve, check, log, import, version, help");
  EXPECT_EQ(error({"sreve"}),
            "sreve: no such command; did you mean serve? allowed: serve, check, log, import, "
            "version, help");
  EXPECT_EQ(error({"help", "dance"}),
            "dance: no such command; allowed: serve, check, log, import, version, help");
  EXPECT_EQ(error({"check"}), "check: DIR is missing: octavo check DIR");
  EXPECT_EQ(error({"check", "/d", "/e"}),
            "/e: not understood; octavo check DIR is all that is allowed");
  EXPECT_EQ(error({"version", "2"}), "2: not understood; octavo version is all that is allowed");
}

TEST(CommandLine, AValueMayBeginWithADash) {
  EXPECT_EQ(parse({"serve", "--threads", "-1"})->flags.at("threads").texts,
            std::vector<std::string>{"-1"});
  EXPECT_EQ(parse({"serve", "--data=--d"})->flags.at("data").texts,
            std::vector<std::string>{"--d"});
}

TEST(CommandLine, HelpNamesEverySettingWithItsDefaultAndAllowedValues) {
  const std::string help = parse({"help"})->help;
  for (const SettingRow& row : kRows) {
    const bool listed = help.find("--" + std::string(row.name) + " ") != std::string::npos;
    EXPECT_EQ(listed, !row.hidden) << row.name;
  }
  EXPECT_NE(help.find("Allowed: 0 to 256."), std::string::npos) << help;
  EXPECT_NE(help.find("the flag --data, the environment variable OCTAVO_DATA,"), std::string::npos)
      << help;
}

}  // namespace
}  // namespace octavo::server
