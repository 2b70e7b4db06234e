#include "catalog/keyspace_rules.h"

#include <gtest/gtest.h>

#include <functional>

#include "catalog/edit.h"
#include "catalog/reserved.h"

namespace octavo::catalog {
namespace {

CatalogPtr after(const CatalogState& state, const Changes& changes) {
  CatalogEditor editor(state);
  for (const Change& change : changes) editor.apply(change);
  return std::move(editor).publish();
}

CatalogPtr edited(const CatalogState& state, const std::function<void(KeyspaceRulesEdit&)>& edit) {
  KeyspaceRulesEdit rules(state);
  edit(rules);
  const auto change = rules.change();
  return after(state, change ? Changes{*change} : Changes());
}

CatalogPtr with_two_users() {
  const auto initial = CatalogState::initial();
  User one;
  one.name = "one";
  User two;
  two.name = "two";
  const auto users = after(initial, {PutUser{one}, PutUser{two}});
  return edited(*users, [](KeyspaceRulesEdit& rules) {
    rules.put("one", {"on ~a +get", true});
    rules.put("two", {"off", false});
  });
}

TEST(KeyspaceRulesTest, AreThoseThatWerePut) {
  const auto initial = CatalogState::initial();
  EXPECT_EQ(keyspace_rules(initial, "one"), std::nullopt);
  const auto state = with_two_users();
  EXPECT_EQ(keyspace_rules(*state, "one"), (KeyspaceRules{"on ~a +get", true}));
  EXPECT_EQ(keyspace_rules(*state, "two"), (KeyspaceRules{"off", false}));
  EXPECT_EQ(keyspace_rules(*state, "three"), std::nullopt);
  EXPECT_EQ(keyspace_rules(*state, ""), std::nullopt);
  const auto again =
      edited(*state, [](KeyspaceRulesEdit& rules) { rules.put("two", {"on", false}); });
  EXPECT_EQ(keyspace_rules(*again, "two"), (KeyspaceRules{"on", false}));
  EXPECT_EQ(keyspace_rules(*again, "one"), keyspace_rules(*state, "one"));
}

TEST(KeyspaceRulesTest, TakeTheNameOfTheirUser) {
  const auto state = with_two_users();
  const auto renamed =
      edited(*state, [](KeyspaceRulesEdit& rules) { rules.rename("one", "three"); });
  EXPECT_EQ(keyspace_rules(*renamed, "one"), std::nullopt);
  EXPECT_EQ(keyspace_rules(*renamed, "three"), (KeyspaceRules{"on ~a +get", true}));
  EXPECT_EQ(keyspace_rules(*renamed, "two"), keyspace_rules(*state, "two"));
  // Two that change places, by way of a third name.
  const auto swapped = edited(*state, [](KeyspaceRulesEdit& rules) {
    rules.rename("one", "between");
    rules.rename("two", "one");
    rules.rename("between", "two");
  });
  EXPECT_EQ(keyspace_rules(*swapped, "one"), keyspace_rules(*state, "two"));
  EXPECT_EQ(keyspace_rules(*swapped, "two"), keyspace_rules(*state, "one"));
  EXPECT_EQ(keyspace_rules(*swapped, "between"), std::nullopt);
}

TEST(KeyspaceRulesTest, AUserWithoutRulesBringsNoneWithIt) {
  const auto state = with_two_users();
  const auto renamed =
      edited(*state, [](KeyspaceRulesEdit& rules) { rules.rename("four", "five"); });
  EXPECT_TRUE(same_keyspace_rules(*renamed, *state));
  EXPECT_EQ(keyspace_rules(*renamed, "five"), std::nullopt);
}

TEST(KeyspaceRulesTest, GoWithTheirUser) {
  const auto state = with_two_users();
  const auto dropped = after(*state, *drop_user(*state, "one"));
  EXPECT_EQ(dropped->find_user("one"), nullptr);
  EXPECT_EQ(keyspace_rules(*dropped, "one"), std::nullopt);
  EXPECT_EQ(keyspace_rules(*dropped, "two"), keyspace_rules(*state, "two"));
  // Whoever is called so later begins without them.
  User again;
  again.name = "one";
  const auto made = after(*dropped, {PutUser{again}});
  EXPECT_EQ(keyspace_rules(*made, "one"), std::nullopt);
}

TEST(KeyspaceRulesTest, NothingIsWrittenWhereNothingChanges) {
  const auto state = with_two_users();
  const std::function<void(KeyspaceRulesEdit&)> edits[] = {
      [](KeyspaceRulesEdit&) {},
      [](KeyspaceRulesEdit& rules) { rules.put("two", {"off", false}); },
      [](KeyspaceRulesEdit& rules) { rules.drop("three"); },
      [](KeyspaceRulesEdit& rules) {
        rules.rename("one", "three");
        rules.rename("three", "one");
      },
  };
  for (const auto& edit : edits) {
    KeyspaceRulesEdit rules(*state);
    edit(rules);
    EXPECT_EQ(rules.change(), std::nullopt);
  }
}

TEST(KeyspaceRulesTest, AreRightsOfUsers) {
  const auto state = with_two_users();
  const auto other =
      edited(*state, [](KeyspaceRulesEdit& rules) { rules.put("two", {"on", false}); });
  EXPECT_TRUE(state->has_rights_of(*state));
  EXPECT_FALSE(state->has_rights_of(*other));
  EXPECT_FALSE(same_keyspace_rules(*state, *other));
}

TEST(KeyspaceRulesTest, LeaveOtherOptionsOfTheDatabaseAlone) {
  const auto state = with_two_users();
  DatabaseDefinition database = *state->find_database(kKeyspace.database);
  database.options.set("other", value::Value::string("kept"));
  const auto with_option = after(*state, {PutDatabase{database}});
  const auto changed = edited(*with_option, [](KeyspaceRulesEdit& rules) { rules.drop("one"); });
  EXPECT_EQ(changed->find_database(kKeyspace.database)->options.of("other").as_string(), "kept");
  EXPECT_EQ(keyspace_rules(*changed, "one"), std::nullopt);
}

}  // namespace
}  // namespace octavo::catalog
