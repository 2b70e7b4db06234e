#include <gtest/gtest.h>

#include "protocol/mongodb/command/command.h"

namespace octavo::mongodb {
namespace {

TEST(MongodbCommands, AreFoundByTheirExactNames) {
  const CommandRow* const hello = find_command("isMaster");
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(find_command("ismaster"), hello);
  EXPECT_EQ(find_command("ISMASTER"), nullptr);
  EXPECT_EQ(find_command(""), nullptr);
}

TEST(MongodbCommands, SayWhatTheyAre) {
  for (const std::span<const CommandRow> family : command_families()) {
    for (const CommandRow& row : family) {
      EXPECT_FALSE(row.help.empty()) << row.name;
      const bool own = row.target == Target::field;
      const bool has_row = !row.fields.empty() && row.fields.front().name == row.name;
      EXPECT_EQ(own, has_row) << row.name
                              << ": a row under its name is the first, or there is none";
    }
  }
}

// A row that says nothing would tell everybody whether a collection is there.
TEST(MongodbCommands, AboutCollectionsSayWhatTheirCallerNeeds) {
  for (const std::span<const CommandRow> family : command_families()) {
    for (const CommandRow& row : family) {
      const bool names_one =
          row.target == Target::collection || row.target == Target::collection_or_one;
      const bool says = row.needs.has_value() || row.may != nullptr;
      const bool of_cursors = row.name == "killCursors";  // which are their user's own
      EXPECT_TRUE(says || !names_one || of_cursors) << row.name;
    }
  }
}

}  // namespace
}  // namespace octavo::mongodb
