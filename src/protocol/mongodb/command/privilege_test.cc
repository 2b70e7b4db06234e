#include "protocol/mongodb/command/privilege.h"

#include <gtest/gtest.h>

#include "value/json.h"

namespace octavo::mongodb {
namespace {

using catalog::Permission;
using catalog::PermissionSet;
using catalog::RoleGrant;
using catalog::RoleScope;

// What [{resource, actions}] gives beside what is there.
Result<std::vector<RoleGrant>> granted(const std::string& json,
                                       std::vector<RoleGrant> grants = {}) {
  const value::Value given = *value::parse_json(json);
  TRY(const auto privileges, read_privileges(given.as_array()));
  TRY_STATUS(grant_privileges(privileges, grants));
  return grants;
}

std::string on(const char* resource, const char* actions) {
  return std::string(R"([{"resource":)") + resource + R"(,"actions":)" + actions + "}]";
}

constexpr const char* kDatabase = R"({"db":"shop","collection":""})";
constexpr const char* kCollection = R"({"db":"shop","collection":"orders"})";
constexpr const char* kAll = R"({"db":"","collection":""})";
constexpr const char* kCluster = R"({"cluster":true})";
constexpr const char* kAny = R"({"anyResource":true})";
constexpr PermissionSet kRead = Permission::read;

TEST(MongodbPrivilege, WhatIsGiven) {
  struct Case {
    const char* resource;
    const char* actions;
    RoleScope scope;
    PermissionSet permissions;
  };
  const Case cases[] = {
      {kDatabase, R"(["find"])", RoleScope::database, kRead},
      {kCollection, R"(["find","insert"])", RoleScope::table, kRead | Permission::insert},
      {kAll, R"(["find","insert","update","remove"])", RoleScope::everywhere,
       kRead | Permission::write},
      {kDatabase, R"(["insert","createCollection"])", RoleScope::database, Permission::insert},
      {kDatabase, R"(["find","listCollections","collStats"])", RoleScope::database, kRead},
      {kDatabase,
       R"(["collMod","createCollection","createIndex","dropCollection","dropIndex","validate"])",
       RoleScope::database, Permission::config},
      {kCollection, R"(["anyAction"])", RoleScope::table,
       kRead | Permission::write | Permission::config},
  };
  for (const Case& one : cases) {
    const auto grants = granted(on(one.resource, one.actions));
    ASSERT_TRUE(grants) << one.actions << grants.error().what;
    ASSERT_EQ(grants->size(), 1U) << one.actions;
    EXPECT_EQ(grants->front().scope, one.scope) << one.actions;
    EXPECT_EQ(grants->front().permissions.bits(), one.permissions.bits()) << one.actions;
  }
}

TEST(MongodbPrivilege, WhatNeedsNothingGivesNothing) {
  const auto grants = granted(on(kCluster, R"(["serverStatus","listDatabases"])"));
  ASSERT_TRUE(grants);
  EXPECT_TRUE(grants->empty());
}

TEST(MongodbPrivilege, AnythingOnEverythingIsTheServer) {
  const auto grants = granted(on(kAny, R"(["anyAction"])"));
  ASSERT_TRUE(grants);
  ASSERT_EQ(grants->size(), 2U);
  EXPECT_EQ(grants->back().scope, RoleScope::system);
}

TEST(MongodbPrivilege, WhatCannotBeHadJustSo) {
  const std::pair<std::string, std::uint32_t> cases[] = {
      {on(kDatabase, R"(["createIndex"])"), 115},
      {on(kDatabase, R"(["update"])"), 115},
      {on(kDatabase, R"(["listCollections"])"), 115},
      {on(kCluster, R"(["setParameter"])"), 115},
      {on(kCluster, R"(["find"])"), 115},
      {on(kDatabase, R"(["createUser"])"), 115},
      {on(kCluster, R"(["shutdown"])"), 115},
      {on(kAll, R"(["anyAction"])"), 115},
      {on(R"({"db":"","collection":"a"})", R"(["find"])"), 115},
      {on(R"({"system_buckets":"a"})", R"(["find"])"), 115},
      {on(kDatabase, R"(["nosuch"])"), 9},
      {on(kDatabase, "[]"), 9},
      {on(R"({"db":"shop"})", R"(["find"])"), 9},
      {R"([{"resource":{"cluster":true}}])", 40414},
      {R"(["find"])", 14},
  };
  for (const auto& [json, code] : cases) {
    const auto grants = granted(json);
    ASSERT_FALSE(grants) << json;
    EXPECT_EQ(grants.error().number, code) << json;
  }
}

TEST(MongodbPrivilege, WhatRolesInItGiveCounts) {
  const std::vector<RoleGrant> server = {{RoleScope::everywhere, {}, {}, Permission::config}};
  EXPECT_TRUE(granted(on(kCluster, R"(["setParameter"])"), server));
  EXPECT_TRUE(granted(on(kDatabase, R"(["createIndex"])"), server));
  EXPECT_FALSE(granted(on(kDatabase, R"(["createUser"])"), server));
}

TEST(MongodbPrivilege, AddedAndTaken) {
  const value::Value given = *value::parse_json(on(kDatabase, R"(["insert","find"])"));
  const value::Value more = *value::parse_json(on(kDatabase, R"(["find","update"])"));
  std::vector<Privilege> all;
  add_privileges(*read_privileges(given.as_array()), all);
  add_privileges(*read_privileges(more.as_array()), all);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].actions, (std::vector<std::string>{"find", "insert", "update"}));
  take_privileges(*read_privileges(given.as_array()), all);
  EXPECT_EQ(all[0].actions, (std::vector<std::string>{"update"}));
  take_privileges(*read_privileges(more.as_array()), all);
  EXPECT_TRUE(all.empty());
}

}  // namespace
}  // namespace octavo::mongodb
