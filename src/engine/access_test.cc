// Who may do what, asked of the engine itself: a protocol cannot forget it.

#include "engine/access.h"

#include "engine/test_support.h"
#include "keyspace/command_table.h"
#include "value/json.h"

namespace octavo::engine {
namespace {

using catalog::Grant;
using catalog::Permissions;
using value::Value;

class AccessTest : public OneTableOnDisk {
 protected:
  Options options() override {
    Options options = OneTableOnDisk::options();
    options.rows_in_memory = true;
    options.public_addresses = public_addresses_;
    return options;
  }

  void grant(std::vector<Grant> grants) {
    define([&](const catalog::CatalogState& state) {
      return catalog::put_user(state, {.name = "u", .credentials = {}, .grants = grants});
    });
  }
  // A role that gives these, and that the user has.
  void give_role(std::vector<catalog::RoleGrant> grants) {
    define([&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      const auto* const there = state.find_role("", "r");
      catalog::Role role = there == nullptr ? catalog::Role() : *there;
      role.id = there == nullptr ? catalog::RoleId{state.next_id()} : there->id;
      role.name = "r";
      role.grants = grants;
      catalog::User user{.name = "u", .credentials = {}, .grants = {}};
      user.roles = {role.id};
      return catalog::Changes{catalog::PutRole{role}, catalog::PutUser{user}};
    });
  }
  Grant on_table(Permissions permissions) { return {definition().database, table_, permissions}; }
  Result<Lsn> define_as_user(const Engine::Decide& decide) { return engine_->define("u", decide); }
  Result<exec::RowWritesDone> put(std::function<void()> meanwhile = {}) {
    exec::RowWrites writes;
    writes.table = table_;
    writes.keys.push_back(Value::int64(1));
    writes.decide = [&](std::size_t, const Value*) -> Result<exec::RowEdit> {
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      return exec::RowEdit{exec::RowEdit::Action::put,
                           Value::object({{"id", Value::int64(1)}, {"a", Value::int64(1)}})};
    };
    return engine_->write(writes, user_);
  }
  template <class Outcome>
  static Code refusal(const Outcome& outcome) {
    EXPECT_FALSE(outcome);
    return outcome ? Code::invalid_argument : outcome.error().code;
  }

  std::vector<std::string> public_addresses_;
  exec::QueryContext user_{"u"};
};

TEST_F(AccessTest, WithoutAGrantEveryEntryIsShut) {
  for (const std::string_view user : {"", "u"}) {
    exec::QueryContext query(user);
    EXPECT_EQ(refusal(engine_->query(all(), query)), Code::permission_denied);
    EXPECT_EQ(refusal(engine_->get(table_, Value::int64(1), query)), Code::permission_denied);
    EXPECT_EQ(refusal(engine_->estimate_count(table_, query)), Code::permission_denied);
    EXPECT_EQ(refusal(engine_->subscribe(stream::FeedKind::range, all(), {}, query)),
              Code::permission_denied);
  }
  EXPECT_EQ(refusal(put()), Code::permission_denied);
  grant({});
  EXPECT_EQ(refusal(put()), Code::permission_denied);
}

TEST_F(AccessTest, ReadingIsNotWriting) {
  grant({on_table({.read = true})});
  EXPECT_TRUE(engine_->query(all(), user_));
  EXPECT_EQ(refusal(put()), Code::permission_denied);
  grant({on_table({.write = true})});
  EXPECT_EQ(refusal(put()), Code::permission_denied) << "what is written tells what was there";
  grant({on_table({.read = true, .write = true})});
  EXPECT_TRUE(put());
}

TEST_F(AccessTest, APartOfWritingIsAboutEachRow) {
  const auto on_name = [](catalog::PermissionSet permissions) -> std::vector<catalog::RoleGrant> {
    return {{catalog::RoleScope::table, "test", "t", permissions}};
  };
  using catalog::Permission;
  const auto row_status = [](const Result<exec::RowWritesDone>& done) {
    return done ? done->rows.at(0) : Status(std::unexpected(done.error()));
  };
  give_role(on_name(Permission::read | Permission::update));
  EXPECT_EQ(refusal(row_status(put())), Code::permission_denied) << "it is new";
  EXPECT_TRUE(rows(all()).empty());
  give_role(on_name(Permission::insert));
  EXPECT_TRUE(row_status(put()));
  EXPECT_EQ(refusal(row_status(put())), Code::permission_denied) << "it is there";
  EXPECT_EQ(refusal(engine_->query(all(), user_)), Code::permission_denied);
  give_role(on_name(Permission::read | Permission::update));
  EXPECT_TRUE(row_status(put()));
  give_role(on_name(Permission::config));
  EXPECT_EQ(refusal(put()), Code::permission_denied);
}

TEST_F(AccessTest, AQueryThatIsReadOnEndsWithTheRole) {
  give_role({{catalog::RoleScope::database,
              "test",
              {},
              catalog::PermissionSet(catalog::Permission::read) | catalog::Permission::write}});
  ASSERT_TRUE(put());
  const auto query = engine_->query(all(), user_);
  ASSERT_TRUE(query);
  give_role({});
  exec::Rows rows;
  EXPECT_EQ(refusal((*query)->next(10, rows)), Code::permission_denied);
}

TEST_F(AccessTest, AQueryThatIsReadOnEndsWithTheRight) {
  grant({on_table({.read = true, .write = true})});
  ASSERT_TRUE(put());
  const auto query = engine_->query(all(), user_);
  ASSERT_TRUE(query);
  grant({});
  exec::Rows rows;
  EXPECT_EQ(refusal((*query)->next(10, rows)), Code::permission_denied);
}

TEST_F(AccessTest, AWriteThatIsDecidedAgainIsAskedAgain) {
  grant({on_table({.read = true, .write = true})});
  // What comes in between makes it lose the race, and takes its right.
  const auto written = put([&] {
    grant({on_table({.read = true})});
    add_index("by_a");
  });
  EXPECT_EQ(refusal(written), Code::permission_denied);
  grant({on_table({.read = true})});
  EXPECT_TRUE(rows(all()).empty());
}

TEST_F(AccessTest, DefinitionsNeedTheRightToWhatTheyTouch) {
  const DatabaseId database = definition().database;
  const auto new_table = [&](const catalog::CatalogState& state) {
    return catalog::create_table(
        state, catalog::NewTable{.database = database, .name = "new", .options = {}});
  };
  const auto new_index = [&](const catalog::CatalogState& state) {
    catalog::IndexDefinition index;
    index.name = "new";
    EXPECT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
    return catalog::add_index(state, table_, index);
  };
  const auto new_database = [](const catalog::CatalogState& state) {
    return catalog::create_database(state, "new");
  };
  const auto drop_database = [&](const catalog::CatalogState& state) {
    return catalog::drop_database(state, database);
  };
  const Permissions config{.config = true};
  grant({on_table(config)});
  EXPECT_EQ(refusal(define_as_user(new_table)), Code::permission_denied);
  EXPECT_EQ(refusal(define_as_user(new_database)), Code::permission_denied);
  EXPECT_TRUE(define_as_user(new_index));
  grant({{database, {}, config}, on_table({.config = false})});
  EXPECT_TRUE(define_as_user(new_table));
  EXPECT_EQ(refusal(define_as_user(drop_database)), Code::permission_denied) << "not this table";
  grant({Grant{{}, {}, config}});
  EXPECT_TRUE(define_as_user(new_database));
  EXPECT_TRUE(define_as_user(drop_database));
}

TEST_F(AccessTest, GlobalGrantsDoNotReachTheUsers) {
  const Permissions everything{.read = true, .write = true, .config = true, .connect = true};
  const auto make_user = [](const catalog::CatalogState& state) {
    return catalog::put_user(state, {.name = "other", .credentials = {}, .grants = {}});
  };
  const Grant everywhere{{}, {}, {.read = true, .write = true}};
  const Grant beside{catalog::kKeyspace.database, {}, everything};
  const auto raise = [&](const catalog::CatalogState& state) {
    return catalog::put_user(state,
                             {.name = "u", .credentials = {}, .grants = {everywhere, beside}});
  };
  const auto drop = [](const catalog::CatalogState& state) {
    return catalog::drop_user(state, "other");
  };
  grant({Grant{{}, {}, everything}});
  EXPECT_EQ(refusal(define_as_user(make_user)), Code::permission_denied);
  EXPECT_EQ(refusal(define_as_user(raise)), Code::permission_denied);
  grant({Grant{catalog::kSystemDatabase, catalog::kUsers, everything}});
  EXPECT_TRUE(define_as_user(make_user));
  EXPECT_EQ(refusal(define_as_user(raise)), Code::permission_denied);
  EXPECT_TRUE(define_as_user(drop));
  grant({Grant{catalog::kSystemDatabase, catalog::kGrants, everything}});
  EXPECT_TRUE(define_as_user(raise));
}

// A helper who may write users and grants, and what he may do to others.
TEST_F(AccessTest, NobodyChangesWhoHasMoreRights) {
  const Permissions both{.read = true, .write = true};
  const Grant users{catalog::kSystemDatabase, {}, both};
  const Grant server{{}, {}, {.config = true}};
  const auto put_other = [](std::vector<Grant> grants, std::string salt = {}) {
    return [=](const catalog::CatalogState& state) {
      catalog::User other{.name = "other", .credentials = {}, .grants = grants};
      other.credentials.salt = salt;
      return catalog::put_user(state, std::move(other));
    };
  };
  const auto set_admin = [](const catalog::CatalogState& state) {
    catalog::User admin = *state.find_user(catalog::kAdminName);
    admin.credentials.empty_password = false;
    return catalog::put_user(state, std::move(admin));
  };
  const auto drop_other = [](const catalog::CatalogState& state) {
    return catalog::drop_user(state, "other");
  };
  grant({users});
  EXPECT_EQ(refusal(define_as_user(set_admin)), Code::permission_denied);
  EXPECT_TRUE(define_as_user(put_other({on_table(both)}))) << "rows: he could have them himself";
  EXPECT_TRUE(define_as_user(put_other({on_table(both)}, "new password")));
  EXPECT_EQ(refusal(define_as_user(put_other({server}))), Code::permission_denied);
  define(put_other({server}));
  EXPECT_EQ(refusal(define_as_user(put_other({server}, "stolen"))), Code::permission_denied);
  EXPECT_EQ(refusal(define_as_user(put_other({}))), Code::permission_denied);
  EXPECT_EQ(refusal(define_as_user(drop_other)), Code::permission_denied);
  grant({users, server});
  EXPECT_TRUE(define_as_user(put_other({server}, "reset")));
  // Passwords alone: whoever he could become has no more than he.
  grant({Grant{catalog::kSystemDatabase, catalog::kUsers, both}});
  define(put_other({on_table({.read = true})}));
  EXPECT_EQ(refusal(define_as_user(put_other({on_table({.read = true})}, "stolen"))),
            Code::permission_denied);
  grant({Grant{catalog::kSystemDatabase, catalog::kUsers, both}, on_table({.read = true})});
  EXPECT_TRUE(define_as_user(put_other({on_table({.read = true})}, "reset")));
}

// A role is changed by those who may change each of its holders.
TEST_F(AccessTest, NobodyRaisesByARole) {
  using catalog::Permission;
  const Grant users{catalog::kSystemDatabase, {}, {.read = true, .write = true}};
  const catalog::RoleGrant rows{catalog::RoleScope::everywhere, {}, {}, Permission::read};
  const catalog::RoleGrant server{catalog::RoleScope::everywhere, {}, {}, Permission::config};
  const auto put_role = [](std::vector<catalog::RoleGrant> grants) {
    return [=](const catalog::CatalogState& state) {
      catalog::Role role = *state.find_role("", "r");
      role.grants = grants;
      return Result<catalog::Changes>(catalog::Changes{catalog::PutRole{role}});
    };
  };
  const auto drop = [](const catalog::CatalogState& state) {
    return Result<catalog::Changes>(catalog::drop_roles(state, {state.find_role("", "r")->id}));
  };
  const auto hold = [](const catalog::CatalogState& state) {
    catalog::User other{.name = "other", .credentials = {}, .grants = {}};
    other.roles = {state.find_role("", "r")->id};
    return catalog::put_user(state, std::move(other));
  };
  give_role({});
  grant({});
  EXPECT_EQ(refusal(define_as_user(put_role({rows}))), Code::permission_denied);
  grant({users});
  EXPECT_TRUE(define_as_user(put_role({server}))) << "nobody has it";
  EXPECT_EQ(refusal(define_as_user(hold)), Code::permission_denied);
  EXPECT_TRUE(define_as_user(put_role({rows})));
  EXPECT_TRUE(define_as_user(hold));
  EXPECT_EQ(refusal(define_as_user(put_role({server}))), Code::permission_denied);
  define(put_role({server}));
  EXPECT_EQ(refusal(define_as_user(put_role({}))), Code::permission_denied);
  EXPECT_EQ(refusal(define_as_user(drop)), Code::permission_denied);
  // Passwords alone: not of one who has a role that he has not.
  define(put_role({}));
  grant({Grant{catalog::kSystemDatabase, catalog::kUsers, {.read = true, .write = true}}});
  const auto reset = [](const catalog::CatalogState& state) {
    catalog::User other = *state.find_user("other");
    other.credentials.salt = "stolen";
    return catalog::put_user(state, std::move(other));
  };
  EXPECT_EQ(refusal(define_as_user(reset)), Code::permission_denied);
}

TEST_F(AccessTest, WatchersHearOfChangesOfRightsOnly) {
  int heard = 0;
  auto watch = engine_->access().watch([&] { ++heard; });
  grant({on_table({.read = true})});
  EXPECT_EQ(heard, 1);
  grant({on_table({.read = true})});
  add_index("by_a");
  EXPECT_EQ(heard, 1);
  watch.reset();
  grant({});
  EXPECT_EQ(heard, 1);
}

TEST_F(AccessTest, ACallerFollowsTheGrants) {
  Caller caller(engine_->access(), "u");
  const auto may = [&](std::vector<std::string_view> call) {
    return caller.may(*keyspace::keyspace_commands().find(call[0]), 0, call);
  };
  EXPECT_FALSE(may({"get", "k"}));
  EXPECT_FALSE(caller.rights().user_exists);
  const TableId db0 = catalog::kKeyspace.tables.first;
  const TableId db1{raw(db0) + 1};
  const Permissions both{.read = true, .write = true};
  grant({{catalog::kKeyspace.database, db0, both},
         {catalog::kKeyspace.database, db1, {.read = true}}});
  EXPECT_TRUE(may({"set", "k", "v"}));
  EXPECT_TRUE(may({"copy", "k", "k2"}));
  EXPECT_FALSE(may({"copy", "k", "k2", "DB", "1"}));
  EXPECT_FALSE(may({"move", "k", "1"}));
  EXPECT_FALSE(may({"flushall"}));
  grant({Grant{catalog::kKeyspace.database, {}, both}});
  EXPECT_TRUE(may({"copy", "k", "k2", "replace", "db", "1"}));
  EXPECT_TRUE(may({"move", "k", "1"}));
  EXPECT_FALSE(may({"swapdb", "0", "1"})) << "that is for who configures the server";
  grant({Grant{{}, {}, {.read = true, .write = true, .config = true}}});
  EXPECT_TRUE(may({"swapdb", "0", "1"}));
  EXPECT_TRUE(may({"flushall"}));
}

class ReachedByOthers : public AccessTest {
 protected:
  void SetUp() override {
    public_addresses_ = {"0.0.0.0"};
    AccessTest::SetUp();
  }
};

TEST_F(ReachedByOthers, TheAdministratorKeepsAPassword) {
  const auto set = [&](bool empty) {
    return engine_->define(catalog::kAdminName, [&](const catalog::CatalogState& state) {
      catalog::User admin = *state.find_user(catalog::kAdminName);
      admin.credentials.empty_password = empty;
      return catalog::put_user(state, std::move(admin));
    });
  };
  EXPECT_TRUE(set(false));
  const auto removed = set(true);
  EXPECT_EQ(refusal(removed), Code::permission_denied);
  EXPECT_NE(removed.error().what.find("0.0.0.0"), std::string::npos);
}

}  // namespace
}  // namespace octavo::engine
