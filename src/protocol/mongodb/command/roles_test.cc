#include "protocol/mongodb/command/roles.h"

#include <gtest/gtest.h>

#include "catalog/change.h"
#include "catalog/edit.h"
#include "catalog/reserved.h"
#include "protocol/mongodb/command/own_role.h"
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

  void apply(std::vector<catalog::Change> changes) {
    catalog::CatalogEditor editor(state_);
    for (const catalog::Change& change : changes) editor.apply(change);
    state_ = *std::move(editor).publish();
  }
  catalog::User ann() const {
    const catalog::User* const found = state_.find_user("ann");
    return found == nullptr
               ? catalog::User{.name = "ann", .credentials = {}, .grants = {}, .roles = {}}
               : *found;
  }
  Status grant(const char* json) {
    const auto given = read(json);
    if (!given) return std::unexpected(given.error());
    catalog::User user = ann();
    std::vector<catalog::Change> changes;
    TRY_STATUS(grant_roles(state_, *given, user, changes));
    changes.emplace_back(catalog::PutUser{user});
    apply(changes);
    return {};
  }
  Status revoke(const char* json) {
    catalog::User user = ann();
    TRY_STATUS(revoke_roles(state_, *read(json), user));
    apply({catalog::PutUser{user}});
    return {};
  }
  Status make(const RoleName& name, const char* privileges, const char* roles) {
    OwnRole own{.name = name, .privileges = {}, .roles = *read(roles, name.database)};
    const Value given = *value::parse_json(privileges);
    TRY(own.privileges, read_privileges(given.as_array()));
    const auto* const before = state_.find_role(name.database, name.role);
    TRY(auto role, make_role(state_, own, before == nullptr ? catalog::Role() : *before));
    if (before != nullptr) {
      apply({catalog::PutRole{role}});
      return {};
    }
    TRY(const auto changes, catalog::create_role(state_, role));
    apply(changes);
    return {};
  }
  bool may(catalog::Permission permission, std::string_view database, std::string_view table = {}) {
    return state_.allows_named("ann", permission, database, table);
  }

  // As "role@database …".
  std::string roles() {
    std::string all;
    for (const RoleName& role : roles_of(state_, "ann")) {
      if (!all.empty()) all += ' ';
      all += role.full();
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
    ASSERT_TRUE(grant(json)) << json;
    EXPECT_EQ(roles(), shown) << json;
    ASSERT_TRUE(revoke(json)) << json;
    EXPECT_EQ(roles(), "") << json;
    EXPECT_TRUE(ann().grants.empty()) << json;
  }
}

TEST_F(MongodbRoles, WhoAdministersUsersMayWriteTheirTables) {
  ASSERT_TRUE(grant(R"(["userAdminAnyDatabase"])"));
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
    const Status given = grant(json);
    ASSERT_FALSE(given) << json;
    EXPECT_EQ(given.error().number, code) << json;
  }
}

TEST_F(MongodbRoles, TheAdministratorIsRoot) {
  const auto roles = roles_of(state_, catalog::kAdminName);
  ASSERT_EQ(roles.size(), 1U);
  EXPECT_EQ(roles[0].full(), "root@admin");
}

TEST_F(MongodbRoles, ABuiltInRoleOfADatabaseThatComesLater) {
  using catalog::Permission;
  const char* const later = R"([{"role":"readWrite","db":"later"},{"role":"read","db":"later"}])";
  ASSERT_TRUE(grant(later));
  EXPECT_EQ(roles(), "readWrite@later read@later");
  EXPECT_TRUE(may(Permission::write, "later"));
  EXPECT_TRUE(may(Permission::insert, "later", "anything"));
  EXPECT_FALSE(may(Permission::config, "later"));
  EXPECT_FALSE(may(Permission::read, "shop"));
  catalog::DatabaseDefinition database;
  database.id = DatabaseId{state_.next_id()};
  database.name = "later";
  apply({catalog::PutDatabase{database}});
  EXPECT_TRUE(state_.allows("ann", Permission::write, database.id, {}));
  ASSERT_TRUE(revoke(later));
  EXPECT_EQ(roles(), "");
  EXPECT_FALSE(may(Permission::read, "later"));
}

TEST_F(MongodbRoles, ARoleReachesItsHolderAsItIsNow) {
  using catalog::Permission;
  const RoleName writer{"writer", "admin"};
  ASSERT_TRUE(
      make(writer, R"([{"resource":{"db":"shop","collection":"a"},"actions":["find"]}])", "[]"));
  ASSERT_TRUE(make({"above", "admin"}, "[]", R"(["writer"])"));
  ASSERT_TRUE(grant(R"(["above"])"));
  EXPECT_EQ(roles(), "above@admin");
  EXPECT_TRUE(may(Permission::read, "shop", "a"));
  EXPECT_FALSE(may(Permission::read, "shop", "b"));
  EXPECT_FALSE(may(Permission::read, "shop"));
  EXPECT_FALSE(may(Permission::insert, "shop", "a"));
  ASSERT_TRUE(make(
      writer, R"([{"resource":{"db":"shop","collection":""},"actions":["find","insert"]}])", "[]"));
  EXPECT_TRUE(may(Permission::insert, "shop", "b"));
  EXPECT_FALSE(may(Permission::update, "shop", "b"));
  EXPECT_FALSE(may(Permission::write, "shop", "b"));
  apply(catalog::drop_roles(state_, {state_.find_role("admin", "writer")->id}));
  EXPECT_FALSE(may(Permission::read, "shop", "a"));
  EXPECT_EQ(roles(), "above@admin");
}

TEST_F(MongodbRoles, RolesThatCannotBeMade) {
  struct Case {
    RoleName name;
    const char* privileges;
    const char* roles;
    std::uint32_t code;
  };
  ASSERT_TRUE(make({"a", "admin"}, "[]", "[]"));
  ASSERT_TRUE(make({"b", "admin"}, "[]", R"(["a"])"));
  const char* const kOther = R"([{"resource":{"db":"other","collection":""},"actions":["find"]}])";
  const Case cases[] = {
      {{"a", "admin"}, "[]", R"(["b"])", 49},  // a cycle
      {{"a", "admin"}, "[]", R"(["a"])", 49},  // itself
      {{"c", "admin"}, "[]", R"(["nosuch"])", 31},
      {{"c", "shop"}, kOther, "[]", 49},  // beyond its database
      {{"c", "shop"}, "[]", R"([{"role":"read","db":"other"}])", 49},
  };
  for (const Case& one : cases) {
    const Status made = make(one.name, one.privileges, one.roles);
    ASSERT_FALSE(made) << one.name.full() << one.privileges << one.roles;
    EXPECT_EQ(made.error().number, one.code) << one.name.full() << one.privileges << one.roles;
  }
}

TEST_F(MongodbRoles, WhatARoleShowsIsWhatItWasGiven) {
  const RoleName name{"r", "admin"};
  ASSERT_TRUE(make(name,
                   R"([{"resource":{"db":"shop","collection":"a"},"actions":["insert","find"]}])",
                   R"([{"role":"read","db":"shop"}])"));
  const OwnRole own = own_role(state_, *state_.find_role("admin", "r"));
  ASSERT_EQ(own.privileges.size(), 1U);
  EXPECT_EQ(value::to_json(to_value(own.privileges[0])),
            R"({"resource":{"db":"shop","collection":"a"},"actions":["find","insert"]})");
  ASSERT_EQ(own.roles.size(), 1U);
  EXPECT_EQ(own.roles[0].full(), "read@shop");
}

}  // namespace
}  // namespace octavo::mongodb
