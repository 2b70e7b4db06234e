#include "protocol/redis/acl_user.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using Denied = AclUser::Denied;
using Words = std::vector<std::string_view>;

AclUser user(std::initializer_list<std::string_view> rules) {
  AclUser out;
  for (const std::string_view rule : rules) EXPECT_EQ(out.apply(rule), "") << rule;
  return out;
}

Denied judge(const AclUser& who, const Words& call) {
  const auto& spec = *all_commands().find(call[0]);
  return who.judge(spec, called_row(spec, call), call).denied;
}

TEST(AclUserTest, RulesAreToldAsTheyWereGiven) {
  EXPECT_EQ(AclUser().text(false), "off resetchannels -@all");
  EXPECT_EQ(user({"on", "nopass", "~*", "&*", "+@all"}).text(false), "on nopass ~* &* +@all");
  EXPECT_EQ(user({"on", "+@all", "-client", "+client|id", "%R~a", "%W~b", "~c", "&d"}).text(false),
            "on %R~a %W~b ~c resetchannels &d +@all -client +client|id");
  EXPECT_EQ(user({"(+get ~a)", "(&*)"}).text(false),
            "off resetchannels -@all (~a resetchannels -@all +get) (&* -@all)");
}

TEST(AclUserTest, TextMakesTheSameUser) {
  const AclUser all[] = {
      AclUser(),
      AclUser::made_elsewhere(),
      user({"on", ">pw", "+@all", "-@dangerous", "+info", "~a*", "&b"}),
      user({"(+get %R~a)", "+select|0", "skip-sanitize-payload"}),
  };
  for (const AclUser& one : all) {
    EXPECT_EQ(AclUser::from_text(one.text(true)).text(true), one.text(true));
  }
}

TEST(AclUserTest, LaterRulesReplaceEarlierOnes) {
  EXPECT_EQ(user({"+memory|doctor", "+memory"}).root().commands(), "-@all +memory");
  EXPECT_EQ(user({"+@all", "+client|id"}).root().commands(), "+@all");
  EXPECT_EQ(user({"-@all", "+@hash", "+@hash"}).root().commands(), "-@all +@hash");
  EXPECT_EQ(user({"%R~a", "%W~a"}).root().keys(), "~a");
}

TEST(AclUserTest, CommandsKeysAndChannels) {
  const AclUser who = user({"+@all", "-config|set", "%R~r*", "%W~w*", "~rw*", "&news:*"});
  EXPECT_EQ(judge(who, {"get", "r1"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"get", "w1"}), Denied::key);
  EXPECT_EQ(judge(who, {"lpush", "w1", "x"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"set", "w1", "x"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"set", "w1", "x", "get"}), Denied::key);
  EXPECT_EQ(judge(who, {"set", "rw1", "x", "get"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"copy", "r1", "w1"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"copy", "w1", "r1"}), Denied::key);
  EXPECT_EQ(judge(who, {"strlen", "w1"}), Denied::nothing);  // whether it is there is nobody's
  EXPECT_EQ(judge(who, {"config", "get", "*"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"config", "set", "a", "b"}), Denied::command);
  EXPECT_EQ(judge(who, {"publish", "news:1", "x"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"publish", "other", "x"}), Denied::channel);
  EXPECT_EQ(judge(who, {"psubscribe", "news:1*"}), Denied::channel);
  EXPECT_EQ(judge(who, {"psubscribe", "news:*"}), Denied::nothing);
}

TEST(AclUserTest, ScriptsReadAndWriteTheKeysThatTheyDeclare) {
  const AclUser who = user({"+@all", "%R~r", "%W~w", "~rw"});
  for (const std::string_view command : {"eval", "evalsha", "fcall"}) {
    EXPECT_EQ(judge(who, {command, "x", "1", "rw"}), Denied::nothing) << command;
    EXPECT_EQ(judge(who, {command, "x", "1", "r"}), Denied::key) << command;
    EXPECT_EQ(judge(who, {command, "x", "2", "rw", "w"}), Denied::key) << command;
  }
  for (const std::string_view command : {"eval_ro", "evalsha_ro", "fcall_ro"}) {
    EXPECT_EQ(judge(who, {command, "x", "1", "r"}), Denied::nothing) << command;
    EXPECT_EQ(judge(who, {command, "x", "1", "w"}), Denied::key) << command;
  }
}

TEST(AclUserTest, SelectorsDoNotAddUp) {
  const AclUser who = user({"(+@all %R~r*)", "(+@all %W~w*)"});
  EXPECT_EQ(judge(who, {"get", "r1"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"lpush", "w1", "x"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"copy", "r1", "w1"}), Denied::key);
}

TEST(AclUserTest, CommandsThatLogInAreEverybodys) {
  EXPECT_EQ(judge(AclUser(), {"auth", "x"}), Denied::nothing);
  EXPECT_EQ(judge(AclUser(), {"ping"}), Denied::command);
}

TEST(AclUserTest, FirstWordsOfCommandsThatHoldNothing) {
  const AclUser who = user({"+select|0", "~*"});
  EXPECT_EQ(judge(who, {"select", "0"}), Denied::nothing);
  EXPECT_EQ(judge(who, {"select", "1"}), Denied::command);
}

TEST(AclUserTest, Passwords) {
  AclUser who = user({"on", ">one", ">two"});
  EXPECT_TRUE(who.takes("one"));
  EXPECT_FALSE(who.takes("three"));
  EXPECT_EQ(who.apply("<one"), "");
  EXPECT_NE(who.apply("<one"), "");
  EXPECT_FALSE(who.takes("one"));
  EXPECT_EQ(who.apply("nopass"), "");
  EXPECT_TRUE(who.takes("anything"));
  EXPECT_EQ(who.apply("resetpass"), "");
  EXPECT_FALSE(who.takes("two"));
}

TEST(AclUserTest, SelectorsMayComeInPieces) {
  std::string rest;
  EXPECT_EQ(merge_selectors(Words{"on", "(+get", "~a)", "+set"}, rest),
            (std::vector<std::string>{"on", "(+get ~a)", "+set"}));
  EXPECT_EQ(merge_selectors(Words{"(+get", "~a"}, rest), std::nullopt);
  EXPECT_EQ(rest, "(+get ~a");
}

TEST(AclUserTest, SortReadsKeysOfPatterns) {
  const auto& sort = *all_commands().find("sort");
  const Words by = {"sort", "list", "by", "weight_*"};
  EXPECT_NE(user({"+sort", "~list"}).refused_option(sort, by), "");
  EXPECT_EQ(user({"+sort", "~*"}).refused_option(sort, by), "");
  const AclUser some = user({"+sort", "~list"});
  EXPECT_EQ(some.refused_option(sort, Words{"sort", "list", "by", "nosort"}), "");
  EXPECT_EQ(some.refused_option(sort, Words{"sort", "list", "store", "get"}), "");
  EXPECT_EQ(some.refused_option(sort, Words{"sort", "list", "limit", "get", "x"}), "");
  // As in Redis, whatever it gets.
  for (const std::string_view pattern : {"#", "one", "weight_*"}) {
    EXPECT_EQ(some.refused_option(sort, Words{"sort", "list", "by", "nosort", "GET", pattern}),
              "ERR GET option of SORT denied due to insufficient ACL permissions.");
  }
}

}  // namespace
}  // namespace octavo::redis
