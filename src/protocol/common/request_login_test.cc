#include "protocol/common/request_login.h"

#include <gtest/gtest.h>

#include <map>

#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  LoginOutcome check(const std::string& user, const std::string& password) {
    return test.loop.run(login.check(*test.connection, user, password));
  }
  catalog::Credentials find(const std::string& user) {
    const auto found = users.find(user);
    return found != users.end() ? found->second
                                : catalog::made_up_credentials("secret", user, kIterations);
  }

  static constexpr std::uint32_t kIterations = 2;
  std::map<std::string, catalog::Credentials> users = {
      {"ann", catalog::make_credentials("one", kIterations)},
      {"bob", catalog::make_credentials("two", kIterations)},
      {"open", catalog::make_credentials("")}};
  Logins logins{{.user = {1h, 3}, .address = {1h, 100}, .patience = 0s}, 1};
  TestConnection test;
  RequestLogin login{logins, [this](const std::string& user) { return find(user); }};
};

TEST(RequestLogin, LooksAtEveryRequest) {
  Fixture f;
  EXPECT_EQ(f.check("ann", "two"), LoginOutcome::wrong);
  EXPECT_EQ(f.check("nobody", "one"), LoginOutcome::wrong);
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::right);
  EXPECT_EQ(f.test.connection->info().attribute("user"), "ann");
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::right);
  EXPECT_EQ(f.check("ann", "two"), LoginOutcome::wrong);
  EXPECT_EQ(f.check("bob", "one"), LoginOutcome::wrong);  // another's
  EXPECT_EQ(f.check("bob", "two"), LoginOutcome::right);
  EXPECT_EQ(f.test.connection->info().attribute("user"), "bob");
  EXPECT_EQ(f.check("open", ""), LoginOutcome::right);
  EXPECT_EQ(f.check("open", "x"), LoginOutcome::wrong);
}

// Where the turn of a look would not come any more.
TEST(RequestLogin, WhatWasRightIsNotHashedAgain) {
  Fixture f;
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::right);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(f.check("ann", "x"), LoginOutcome::wrong);
  EXPECT_EQ(f.check("ann", "x"), LoginOutcome::refused);
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::right);
  // Another connection has to look.
  RequestLogin other(f.logins, [&](const std::string& user) { return f.find(user); });
  EXPECT_EQ(f.test.loop.run(other.check(*f.test.connection, "ann", "one")), LoginOutcome::refused);
}

TEST(RequestLogin, AChangedPasswordCountsAtOnce) {
  Fixture f;
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::right);
  f.users["ann"] = catalog::make_credentials("new", Fixture::kIterations);
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::wrong);
  EXPECT_EQ(f.check("ann", "new"), LoginOutcome::right);
  f.users.erase("ann");
  EXPECT_EQ(f.check("ann", "new"), LoginOutcome::wrong);
}

TEST(RequestLogin, ADrainEndsTheWait) {
  Fixture f;
  f.test.connection->begin_drain();
  EXPECT_EQ(f.check("ann", "one"), LoginOutcome::ended);
}

}  // namespace
}  // namespace octavo::protocol
