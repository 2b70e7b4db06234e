#include "catalog/edit.h"

#include <gtest/gtest.h>

#include "catalog/reserved.h"

namespace octavo::catalog {
namespace {

CatalogPtr after(const CatalogState& state, const Changes& changes) {
  CatalogEditor editor(state);
  for (const Change& change : changes) editor.apply(change);
  return std::move(editor).publish();
}

CatalogPtr with_table() {
  const auto initial = CatalogState::initial();
  const auto with_db = after(initial, *create_database(initial, "shop"));
  NewTable table;
  table.database = with_db->find_database("shop")->id;
  table.name = "orders";
  return after(*with_db, *create_table(*with_db, table));
}

const TableDefinition& orders(const CatalogState& state) {
  return *state.find_table(state.find_database("shop")->id, "orders");
}

// Data folders and grants hold these ids and names.
TEST(CatalogEdit, WhatIsBuiltInIsAlwaysThere) {
  const auto state = CatalogState::initial();
  const auto* table = state.find_table(kKeyspace.database, "db15");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->id, TableId{16});
  EXPECT_EQ(table->uuid, "00000000-0000-4000-8001-000000000010");
  EXPECT_EQ(state.find_database("redis")->id, DatabaseId{1});
  EXPECT_EQ(keyspace_number(table->id), 15U);
  EXPECT_EQ(keyspace_number(TableId{17}), std::nullopt);
  EXPECT_EQ(keyspace_number(TableId{0}), std::nullopt);
  EXPECT_EQ(drop_table(state, table->id).error().code, Code::permission_denied);
  EXPECT_EQ(drop_database(state, kKeyspace.database).error().code, Code::permission_denied);
}

TEST(CatalogEdit, GrantsNameTheFirstFormOfAVirtualTable) {
  EXPECT_EQ(granted_as(kUsers), kUsers);
  EXPECT_EQ(granted_as(TableId{raw(kUsers) + 1}), kUsers);
  EXPECT_EQ(granted_as(TableId{2001}), TableId{2001});
  EXPECT_FALSE(is_virtual(TableId{255}));
  const ReservedTables& range = *find_virtual(kUsers);
  EXPECT_EQ(range.number_of(TableId{raw(kUsers) + 1}), 11U);
  EXPECT_EQ(range.form_of(TableId{raw(kUsers) + 1}), 1U);
}

TEST(CatalogEdit, NamesAreCheckedAndUnique) {
  const auto state = with_table();
  EXPECT_EQ(create_database(*state, "shop").error().code, Code::already_exists);
  EXPECT_EQ(create_database(*state, "sh op").error().code, Code::invalid_argument);
  EXPECT_EQ(create_database(*state, "").error().code, Code::invalid_argument);
}

TEST(CatalogEdit, TablesAndViewsShareNames) {
  auto state = with_table();
  const DatabaseId shop = state->find_database("shop")->id;
  ViewDefinition view;
  view.id = TableId{state->next_id()};
  view.database = shop;
  view.name = "sales";
  state = after(*state, {PutView{view}});
  NewTable table;
  table.database = shop;
  table.name = "sales";
  EXPECT_EQ(create_table(*state, table).error().code, Code::already_exists);
  const auto rename = [](TableDefinition& edited) -> Status {
    edited.name = "sales";
    return {};
  };
  EXPECT_EQ(edit_table(*state, orders(*state).id, rename).error().code, Code::already_exists);
  const auto dropped = after(*state, *drop_database(*state, shop));
  EXPECT_EQ(dropped->find_view(view.id), nullptr);
}

TEST(CatalogEdit, IdsAreNeverUsedAgain) {
  const auto state = with_table();
  const TableId old_id = orders(*state).id;
  const auto dropped = after(*state, *drop_table(*state, old_id));
  EXPECT_EQ(dropped->find_table(old_id), nullptr);
  NewTable again;
  again.database = dropped->find_database("shop")->id;
  again.name = "orders";
  const auto created = after(*dropped, *create_table(*dropped, again));
  EXPECT_GT(raw(orders(*created).id), raw(old_id));
}

TEST(CatalogEdit, DroppingADatabaseDropsItsTables) {
  const auto state = with_table();
  const TableId table = orders(*state).id;
  const auto dropped = after(*state, *drop_database(*state, state->find_database("shop")->id));
  EXPECT_EQ(dropped->find_database("shop"), nullptr);
  EXPECT_EQ(dropped->find_table(table), nullptr);
}

TEST(CatalogEdit, RenamingATableFreesItsOldName) {
  const auto state = with_table();
  const auto rename = [](TableDefinition& table) -> Status {
    table.name = "sales";
    return {};
  };
  const auto renamed = after(*state, *edit_table(*state, orders(*state).id, rename));
  const auto shop = renamed->find_database("shop")->id;
  EXPECT_EQ(renamed->find_table(shop, "orders"), nullptr);
  EXPECT_NE(renamed->find_table(shop, "sales"), nullptr);
}

TEST(CatalogEdit, RenamingAnIndexOverAnother) {
  auto state = with_table();
  const TableId table = orders(*state).id;
  for (const char* name : {"a", "b"}) {
    IndexDefinition index;
    index.name = name;
    state = after(*state, *add_index(*state, table, index));
  }
  const IndexId a = orders(*state).find_index("a")->id;
  EXPECT_EQ(rename_index(*state, table, "a", "b", false).error().code, Code::already_exists);
  state = after(*state, *rename_index(*state, table, "a", "b", true));
  ASSERT_EQ(orders(*state).indexes.size(), 1U);
  EXPECT_EQ(orders(*state).find_index("b")->id, a);
}

TEST(CatalogEdit, ChangesSurviveTheirEncoding) {
  auto state = with_table();
  IndexDefinition index;
  index.name = "by_x";
  index.options = value::Value::object({{"multi", value::Value::boolean(true)}});
  index.function = "bytes";
  const auto changes = *add_index(*state, orders(*state).id, index);
  const auto decoded = decode_changes(encode_changes(changes));
  ASSERT_TRUE(decoded) << decoded.error().what;
  const auto direct = after(*state, changes);
  const auto replayed = after(*state, *decoded);
  const auto* found = orders(*replayed).find_index("by_x");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, orders(*direct).find_index("by_x")->id);
  EXPECT_EQ(found->options, index.options);
  EXPECT_EQ(found->function, "bytes");
}

TEST(CatalogEdit, CutChangesAreCorruptAndNotRead) {
  const auto state = CatalogState::initial();
  const Bytes whole = encode_changes(*create_database(state, "d"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_changes(BytesView(whole).substr(0, size))) << size;
  }
}

TEST(Permissions, TheNearestScopeDecides) {
  auto state = with_table();
  const auto shop = state->find_database("shop")->id;
  const auto table = orders(*state).id;
  User user;
  user.name = "ann";
  Permissions all;
  all.read = true;
  all.write = true;
  Permissions no_write;
  no_write.write = false;
  user.grants.push_back({std::nullopt, std::nullopt, all});
  user.grants.push_back({shop, table, no_write});
  state = after(*state, *put_user(*state, user));
  EXPECT_TRUE(state->allows("ann", Permission::write, shop, std::nullopt));
  EXPECT_FALSE(state->allows("ann", Permission::write, shop, table));
  EXPECT_TRUE(state->allows("ann", Permission::read, shop, table));
  EXPECT_FALSE(state->allows("ann", Permission::config, shop, table));
  EXPECT_FALSE(state->allows("bob", Permission::read, shop, table));
  EXPECT_TRUE(state->allows("admin", Permission::config, shop, table));
}

}  // namespace
}  // namespace octavo::catalog
