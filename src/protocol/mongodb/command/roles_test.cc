#include "protocol/mongodb/command/roles.h"

#include <gtest/gtest.h>

#include "catalog/change.h"
#include "catalog/reserved.h"
#include "value/json.h"

namespace octavo::mongodb {
namespace {

using value::Value;

class MongodbRoles : public ::testing::Test {
 protected:
  MongodbRoles() : state_(catalog::CatalogState::initial()) {
    catalog::CatalogEditor editor(state_);
    catalog::DatabaseDefinition shop;
    shop.id = DatabaseId{catalog::kFirstFreeId};
    shop.name = "shop";
    editor.apply(catalog::PutDatabase{shop});
    state_ = *std::move(editor).publish();
  }

  Result<std::vector<RoleName>> read(const char* json, std::string_view database = "admin") {
    return read_roles(*value::parse_json(json), database);
  }

  void put(std::vector<catalog::Grant> grants) {
    catalog::CatalogEditor editor(state_);
    catalog::User user;
    user.name = "ann";
    user.grants = std::move(grants);
    editor.apply(catalog::PutUser{user});
    state_ = *std::move(editor).publish();
  }

  // As "role@database …".
  std::string roles() {
    std::string all;
    for (const Value& role : roles_of(state_, "ann")) {
      if (!all.empty()) all += ' ';
      all += role.find("role")->as_string();
      all += '@';
      all += role.find("db")->as_string();
    }
    return all;
  }

  catalog::CatalogState state_;
};

TEST_F(MongodbRoles, WhatIsGrantedIsShown) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(["root"])", "root@admin"},
      {R"(["readAnyDatabase"])", "readAnyDatabase@admin"},
      {R"(["readWriteAnyDatabase","dbAdminAnyDatabase"])",
       "readWriteAnyDatabase@admin dbAdminAnyDatabase@admin"},
      {R"(["userAdminAnyDatabase"])", "userAdminAnyDatabase@admin"},
      {R"([{"role":"readWrite","db":"shop"}])", "readWrite@shop"},
      {R"([{"role":"read","db":"shop"},{"role":"dbAdmin","db":"shop"}])", "read@shop dbAdmin@shop"},
      {R"([{"role":"dbOwner","db":"shop"}])", "dbOwner@shop"},
      {R"([{"role":"read","db":"shop"},"readAnyDatabase"])", "readAnyDatabase@admin read@shop"},
      {"[]", ""},
  };
  for (const auto& [json, shown] : cases) {
    const auto given = read(json);
    ASSERT_TRUE(given) << json;
    std::vector<catalog::Grant> grants;
    ASSERT_TRUE(grant_roles(state_, *given, grants)) << json;
    put(grants);
    EXPECT_EQ(roles(), shown) << json;
    ASSERT_TRUE(revoke_roles(state_, *given, grants));
    EXPECT_TRUE(grants.empty()) << json;
  }
}

TEST_F(MongodbRoles, WhoAdministersUsersMayWriteTheirTables) {
  std::vector<catalog::Grant> grants;
  ASSERT_TRUE(grant_roles(state_, *read(R"(["userAdminAnyDatabase"])"), grants));
  put(grants);
  using catalog::Permission;
  EXPECT_TRUE(state_.allows("ann", Permission::write, catalog::kSystemDatabase, catalog::kUsers));
  EXPECT_FALSE(state_.allows("ann", Permission::read, DatabaseId{catalog::kFirstFreeId}, {}));
}

TEST_F(MongodbRoles, RolesThatThereAreNot) {
  const std::pair<const char*, std::uint32_t> cases[] = {
      {R"(["nosuch"])", 31},
      {R"([{"role":"root","db":"shop"}])", 31},  // of admin alone
      {"[1]", 2},
      {R"([{"role":"read"}])", 2},
  };
  for (const auto& [json, code] : cases) {
    const auto given = read(json);
    ASSERT_FALSE(given) << json;
    EXPECT_EQ(given.error().number, code) << json;
  }
  std::vector<catalog::Grant> grants;
  const Status granted = grant_roles(state_, *read(R"([{"role":"read","db":"none"}])"), grants);
  ASSERT_FALSE(granted);
  EXPECT_EQ(granted.error().number, 31U);
}

TEST_F(MongodbRoles, TheAdministratorIsRoot) {
  const auto roles = roles_of(state_, catalog::kAdminName);
  ASSERT_EQ(roles.size(), 1U);
  EXPECT_EQ(roles[0].find("role")->as_string(), "root");
}

}  // namespace
}  // namespace octavo::mongodb
