#include "protocol/redis/secret_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/redis/commands.h"
#include "protocol/redis/config/parameters.h"

namespace octavo::redis {
namespace {

using Words = std::vector<std::string_view>;

std::string shown(const Words& call) {
  const auto* spec = all_commands().find(call[0]);
  EXPECT_NE(spec, nullptr) << call[0];
  return fmt::format("{}", fmt::join(arguments_to_show(*spec, call), " "));
}

TEST(SecretArgumentsTest, ArePutOutOfSight) {
  const struct {
    Words call;
    std::string_view shown;
  } cases[] = {
      {{"auth", "pw"}, "auth (redacted)"},
      {{"AUTH", "me", "pw"}, "AUTH (redacted) (redacted)"},
      {{"hello", "3"}, "hello 3"},
      {{"hello", "3", "AUTH", "me", "pw"}, "hello 3 AUTH (redacted) (redacted)"},
      {{"hello", "3", "setname", "auth", "auth", "me", "pw"},
       "hello 3 setname auth auth (redacted) (redacted)"},
      {{"hello", "3", "auth", "me"}, "hello 3 auth me"},
      {{"hello"}, "hello"},
      {{"acl", "setuser", "me", ">pw"}, "acl setuser (redacted) (redacted)"},
      {{"ACL", "DELUSER", "me", "you"}, "ACL DELUSER (redacted) (redacted)"},
      {{"acl", "getuser", "me"}, "acl getuser (redacted)"},
      {{"acl", "cat", "read"}, "acl cat read"},
      {{"config", "get", "requirepass"}, "config get requirepass"},
      {{"config", "set", "requirepass", "pw"}, "config set requirepass (redacted)"},
      {{"CONFIG", "SET", "maxmemory", "1", "MasterAuth", "pw", "masteruser", "me"},
       "CONFIG SET maxmemory 1 MasterAuth (redacted) masteruser (redacted)"},
      {{"config", "set", "requirepass"}, "config set requirepass"},
      {{"set", "auth", "x"}, "set auth x"},
  };
  for (const auto& one : cases) EXPECT_EQ(shown(one.call), one.shown);
}

TEST(SecretArgumentsTest, WhatOnlyTheAdministratorSeesIsSecret) {
  for (const Parameter& one : parameters()) {
    if (one.for_administrator_only) EXPECT_TRUE(one.is_secret) << one.name;
  }
}

}  // namespace
}  // namespace octavo::redis
