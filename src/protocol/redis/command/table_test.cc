// What all rows of the command table have in common.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "keyspace/subcommand.h"
#include "protocol/redis/command/command_description.h"
#include "protocol/redis/command/subcommand_rows.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/state/monitor.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::Reply;

TEST(CommandsTest, RowsAreComplete) {
  EXPECT_GT(all_commands().all().size(), 200U);
  for (const auto* spec : all_commands().all()) {
    EXPECT_EQ(all_commands().find_logged(spec->name), spec) << "named twice: " << spec->name;
    EXPECT_NE(spec->arity, 0) << spec->name;
    EXPECT_FALSE(spec->summary.empty()) << spec->name;
    EXPECT_FALSE(spec->group.empty()) << spec->name;
    EXPECT_FALSE(spec->is_write() && spec->has(keyspace::kReadonly)) << spec->name;
    for (const char c : spec->name) EXPECT_FALSE(std::isupper(c)) << spec->name;
    // Somebody runs it: the keyspace, or the dialogue.
    const DialogueCommand* dialogue = dialogue_command(*spec);
    if (dialogue == nullptr) {
      EXPECT_NE(spec->handler, nullptr) << spec->name;
    } else {
      EXPECT_TRUE((dialogue->run != nullptr) != (dialogue->wait != nullptr)) << spec->name;
    }
  }
}

TEST(CommandsTest, OnlyTheKeyspaceWrites) {
  // Whatever is replayed from the log must not need a session.
  for (const auto* spec : all_commands().all()) {
    if (!spec->is_write()) continue;
    EXPECT_EQ(keyspace::keyspace_commands().find_logged(spec->name), spec) << spec->name;
  }
}

TEST(CommandsTest, CategoriesFollowFlagsAndGroups) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(command_categories(*all_commands().find("GET")), (Names{"read", "string", "fast"}));
  EXPECT_EQ(command_categories(*all_commands().find("zadd")),
            (Names{"write", "sortedset", "fast"}));
  EXPECT_EQ(command_categories(*all_commands().find("multi")), (Names{"fast", "transaction"}));
  // What holds others is nothing by itself.
  EXPECT_EQ(command_categories(*all_commands().find("config")), (Names{"slow"}));
  EXPECT_EQ(command_categories(*find_described("config|get")),
            (Names{"admin", "slow", "dangerous"}));
  EXPECT_EQ(command_categories(*find_described("client|list")),
            (Names{"admin", "slow", "dangerous", "connection"}));
  EXPECT_EQ(command_categories(*all_commands().find("command")), (Names{"slow", "connection"}));
  EXPECT_EQ(command_categories(*all_commands().find("asking")), (Names{"fast", "connection"}));
  EXPECT_EQ(command_categories(*find_described("function|load")),
            (Names{"write", "slow", "scripting"}));
  EXPECT_EQ(command_categories(*find_described("function|list")), (Names{"slow", "scripting"}));
  EXPECT_EQ(command_categories(*find_described("cluster|meet")),
            (Names{"admin", "slow", "dangerous"}));
  EXPECT_EQ(command_categories(*find_described("cluster|slots")), (Names{"slow"}));
  EXPECT_EQ(command_categories(*find_described("memory|usage")), (Names{"read", "slow"}));
  EXPECT_EQ(command_categories(*find_described("memory|stats")), (Names{"slow"}));
  EXPECT_EQ(command_categories(*all_commands().find("sort")),
            (Names{"write", "set", "sortedset", "list", "slow", "dangerous"}));
}

TEST(CommandsTest, EveryCategoryHoldsSomething) {
  for (const std::string_view category : all_categories()) {
    EXPECT_TRUE(std::ranges::any_of(all_commands().all(), [&](const auto* spec) {
      const auto of_spec = command_categories(*spec);
      return std::ranges::find(of_spec, category) != of_spec.end();
    })) << category;
  }
}

TEST(CommandsTest, ReadOnlyFormsAreCommands) {
  std::size_t count = 0;
  for (const auto* spec : all_commands().all()) {
    // What may store its result may also be called for it alone.
    EXPECT_EQ(spec->is_write() && spec->key_rule == keyspace::KeyRule::store,
              !spec->read_only_form.empty())
        << spec->name;
    if (spec->read_only_form.empty()) continue;
    ++count;
    const auto* twin = keyspace::keyspace_commands().find(spec->read_only_form);
    ASSERT_NE(twin, nullptr) << spec->name;
    EXPECT_TRUE(twin->has(keyspace::kReadonly)) << twin->name;
  }
  EXPECT_EQ(count, 3U);
}

TEST(CommandsTest, RowsOfSubcommandsFollowTheirTable) {
  for (const auto* spec : all_commands().all()) {
    const auto rows = subcommand_rows(*spec);
    const std::size_t held = spec->subcommands.size();
    ASSERT_EQ(rows.size(), held == 0 ? 0 : held + 1) << spec->name;  // and HELP
    for (std::size_t i = 0; i < held; ++i) {
      const std::string name(spec->subcommands[i].name);
      EXPECT_EQ(rows[i].name, std::string(spec->name) + "|" + name);
      EXPECT_EQ(rows[i].arity, spec->subcommands[i].arity) << rows[i].name;
      EXPECT_EQ(&called_row(*spec, std::vector<std::string_view>{spec->name, name}), &rows[i]);
      if (!spec->subcommands[i].has_key) EXPECT_EQ(rows[i].first_key, 0) << rows[i].name;
    }
    EXPECT_EQ(&called_row(*spec, std::vector<std::string_view>{spec->name, "?"}), spec);
  }
}

void answer(CommandContext&, Args args, Reply& reply) { reply.bulk(args.back()); }

constexpr keyspace::Subcommand kTable[] = {
    {"one", 3, answer, "<word>", "Says it.\nTwice as long."},
    {"many", -3, answer, "<word> ...", "Says the last."},
};

std::string run(std::vector<std::string_view> args) {
  keyspace::Keyspace keyspace;
  CommandContext context(keyspace, 0, 0, 0);
  std::string out;
  Reply reply(out);
  keyspace::run_subcommand(kTable, context, args, reply);
  return out;
}

TEST(CommandsTest, SubcommandsAreFoundCheckedAndExplained) {
  EXPECT_EQ(run({"BOX", "ONE", "x"}), "$1\r\nx\r\n");
  EXPECT_EQ(run({"box", "many", "x", "y"}), "$1\r\ny\r\n");
  EXPECT_EQ(run({"box", "one"}), "-ERR wrong number of arguments for 'box|one' command\r\n");
  EXPECT_EQ(run({"box", "one", "x", "y"}),
            "-ERR wrong number of arguments for 'box|one' command\r\n");
  EXPECT_EQ(run({"box", "two"}), "-ERR unknown subcommand 'two'. Try BOX HELP.\r\n");
  EXPECT_EQ(run({"box", "help"}),
            "*8\r\n+BOX <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"
            "+ONE <word>\r\n+    Says it.\r\n+    Twice as long.\r\n"
            "+MANY <word> ...\r\n+    Says the last.\r\n+HELP\r\n+    Prints this help.\r\n");
}

TEST(CommandsTest, MonitorLinesAreOneLine) {
  const std::vector<std::string_view> args = {"set", "a\"\\\n", std::string_view("\0\xff", 2)};
  const Monitors::Call call{1'700'000'000'000'001'000, 2, "127.0.0.1:9", args};
  EXPECT_EQ(monitor_line(call), R"(1700000000.000001 [2 127.0.0.1:9] "set" "a\"\\\n" "\x00\xff")");
}

}  // namespace
}  // namespace octavo::redis
