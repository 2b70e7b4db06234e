// What users may do by their grants and roles.

#include <gtest/gtest.h>

#include "catalog/change.h"
#include "catalog/edit.h"
#include "catalog/reserved.h"

namespace octavo::catalog {
namespace {

constexpr DatabaseId kShop{1024};
constexpr TableId kOrders{1025};
constexpr PermissionSet kRead = Permission::read;

class RightsTest : public testing::Test {
 protected:
  RightsTest() {
    TableDefinition orders;
    orders.id = kOrders;
    orders.database = kShop;
    orders.name = "orders";
    apply({PutDatabase{{.id = kShop, .uuid = "u", .name = "shop"}}, PutTable{orders}});
  }

  void apply(const std::vector<Change>& changes) {
    CatalogEditor editor(state_);
    for (const Change& change : changes) editor.apply(change);
    state_ = *std::move(editor).publish();
  }
  RoleId put_role(std::uint64_t id, std::vector<RoleGrant> grants, std::vector<RoleId> roles = {}) {
    Role role;
    role.id = RoleId{id};
    role.name = std::to_string(id);
    role.grants = std::move(grants);
    role.roles = std::move(roles);
    apply({PutRole{role}});
    return role.id;
  }
  void put_user(std::vector<Grant> grants, std::vector<RoleId> roles) {
    User user;
    user.name = "u";
    user.grants = std::move(grants);
    user.roles = std::move(roles);
    apply({PutUser{user}});
  }
  bool may(Permission permission, std::optional<TableId> table = kOrders) const {
    return state_.allows("u", permission, kShop, table);
  }

  CatalogState state_ = CatalogState::initial();
};

TEST_F(RightsTest, ARoleIsAboutNames) {
  put_user({}, {put_role(2000, {{RoleScope::table, "shop", "orders", kRead}})});
  EXPECT_TRUE(may(Permission::read));
  EXPECT_FALSE(may(Permission::read, std::nullopt));
  EXPECT_FALSE(may(Permission::insert));
  EXPECT_TRUE(state_.allows_named("u", Permission::read, "shop", "orders"));
  EXPECT_FALSE(state_.allows_named("u", Permission::read, "shop", "later"));
  TableDefinition renamed = *state_.find_table(kOrders);
  renamed.name = "bills";
  apply({PutTable{renamed}});
  EXPECT_FALSE(may(Permission::read));
  EXPECT_TRUE(state_.allows_named("u", Permission::read, "shop", "orders"));
}

TEST_F(RightsTest, RolesThatAreIncludedCount) {
  const RoleId inner = put_role(2000, {{RoleScope::database, "shop", {}, kRead}});
  const RoleId outer = put_role(2001, {}, {inner});
  put_user({}, {outer});
  EXPECT_TRUE(may(Permission::read));
  put_role(2000, {});
  EXPECT_FALSE(may(Permission::read));
}

TEST_F(RightsTest, WritingIsItsPartsTogether) {
  const RoleId inserts = put_role(2000, {{RoleScope::everywhere, {}, {}, Permission::insert}});
  const RoleId others =
      put_role(2001, {{RoleScope::database, "shop", {}, Permission::update | Permission::remove}});
  const RoleId reads = put_role(2002, {{RoleScope::database, "shop", {}, kRead}});
  put_user({}, {inserts});
  EXPECT_TRUE(may(Permission::insert)) << "without reading";
  put_user({}, {inserts, others});
  EXPECT_FALSE(may(Permission::update)) << "what is changed tells what was there";
  EXPECT_FALSE(may(Permission::write));
  put_user({}, {inserts, others, reads});
  EXPECT_TRUE(may(Permission::update));
  EXPECT_TRUE(may(Permission::remove));
  EXPECT_TRUE(may(Permission::write));
}

TEST_F(RightsTest, TheNarrowerScopeDecidesBetweenGrantsAndRoles) {
  const Grant no_orders{kShop, kOrders, {.read = false}};
  const Grant no_shop{kShop, {}, {.read = false}};
  const RoleId all = put_role(2000, {{RoleScope::database, "shop", {}, kRead}});
  const RoleId orders = put_role(2001, {{RoleScope::table, "shop", "orders", kRead}});
  put_user({no_orders}, {all});
  EXPECT_FALSE(may(Permission::read));
  EXPECT_TRUE(may(Permission::read, std::nullopt));
  put_user({no_shop}, {orders});
  EXPECT_TRUE(may(Permission::read));
  put_user({no_orders}, {orders});
  EXPECT_FALSE(may(Permission::read)) << "the user's own";
}

TEST_F(RightsTest, TheSystemDatabaseHasAScopeOfItsOwn) {
  constexpr PermissionSet kAll = kRead | Permission::write | Permission::config;
  put_user({}, {put_role(2000, {{RoleScope::everywhere, {}, {}, kAll},
                                {RoleScope::database, "rethinkdb", {}, kAll}})});
  EXPECT_FALSE(state_.allows("u", Permission::read, kSystemDatabase, kUsers));
  put_user({}, {put_role(2000, {{RoleScope::system, {}, {}, kAll}})});
  EXPECT_TRUE(state_.allows("u", Permission::write, kSystemDatabase, kUsers));
  EXPECT_FALSE(may(Permission::read));
}

TEST_F(RightsTest, ARoleThatIsDroppedIsTakenFromAll) {
  const RoleId inner = put_role(2000, {{RoleScope::database, "shop", {}, kRead}});
  const RoleId outer = put_role(2001, {}, {inner});
  put_user({}, {inner, outer});
  apply(drop_roles(state_, {inner}));
  EXPECT_EQ(state_.find_role(inner), nullptr);
  EXPECT_EQ(state_.find_user("u")->roles, std::vector<RoleId>{outer});
  EXPECT_TRUE(state_.find_role(outer)->roles.empty());
  EXPECT_FALSE(may(Permission::read));
}

TEST_F(RightsTest, ChangesOfRolesAreChangesOfRights) {
  const RoleId role = put_role(2000, {});
  put_user({}, {role});
  const CatalogState before = state_;
  apply({});
  EXPECT_TRUE(state_.has_rights_of(before));
  put_role(2000, {{RoleScope::database, "shop", {}, kRead}});
  EXPECT_FALSE(state_.has_rights_of(before));
  const CatalogState with_names = state_;
  TableDefinition renamed = *state_.find_table(kOrders);
  renamed.name = "bills";
  apply({PutTable{renamed}});
  EXPECT_FALSE(state_.has_rights_of(with_names));
}

}  // namespace
}  // namespace octavo::catalog
