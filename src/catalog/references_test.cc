#include "catalog/references.h"

#include <gtest/gtest.h>

#include "value/document.h"

namespace octavo::catalog {
namespace {

value::LogicalTypePtr integer(std::uint8_t bits = 32) {
  return value::make_type({.kind = value::Kind::integer, .bits = bits});
}

ColumnDefinition column(std::uint64_t id, std::string_view name) {
  ColumnDefinition out;
  out.id = ColumnId{id};
  out.name = name;
  out.type = integer();
  return out;
}

IndexDefinition index_over(std::uint64_t id, std::string_view name, std::vector<ColumnId> columns) {
  IndexDefinition index;
  index.id = IndexId{id};
  index.name = name;
  for (const ColumnId one : columns) index.parts.push_back({.column = one});
  return index;
}

constexpr DatabaseId kShop{1024};

TableDefinition customers() {
  TableDefinition table;
  table.id = TableId{1030};
  table.database = kShop;
  table.uuid = "of-customers";
  table.name = "customers";
  table.columns = {column(1, "id"), column(2, "code")};
  table.key_columns = {ColumnId{1}};
  table.primary_key = "id";
  table.next_part = 3;
  return table;
}

TableDefinition orders() {
  TableDefinition table;
  table.id = TableId{1040};
  table.database = kShop;
  table.uuid = "of-orders";
  table.name = "orders";
  table.columns = {column(1, "id"), column(2, "customer")};
  table.key_columns = {ColumnId{1}};
  table.indexes = {index_over(1041, "customer", {ColumnId{2}})};
  ForeignKeyDefinition key;
  key.id = ForeignKeyId{3};
  key.name = "of_customer";
  key.columns = {ColumnId{2}};
  key.parent = customers().id;
  key.parent_columns = {ColumnId{1}};
  table.foreign_keys = {key};
  table.next_part = 4;
  return table;
}

class ReferencesTest : public testing::Test {
 protected:
  ReferencesTest() { EXPECT_TRUE(make({PutDatabase{{kShop, "u", "shop"}}})); }

  Status make(Changes changes, bool checked = true) {
    TRY_STATUS(settle_references(*state_, changes, checked));
    CatalogEditor editor(*state_);
    for (const Change& change : changes) editor.apply(change);
    state_ = std::move(editor).publish();
    return {};
  }
  const TableDefinition& find(TableId id) { return *state_->find_table(id); }

  CatalogPtr state_ = std::make_shared<const CatalogState>(CatalogState::initial());
};

TEST_F(ReferencesTest, AParentKnowsItsChildrenWhileItHasSome) {
  ASSERT_TRUE(make({PutTable{customers()}, PutTable{orders()}}));
  EXPECT_EQ(find(customers().id).referenced_by, std::vector{orders().id});
  ASSERT_EQ(references_to(*state_, find(customers().id)).size(), 1U);
  EXPECT_EQ(references_to(*state_, find(customers().id))[0].key->name, "of_customer");
  ASSERT_TRUE(make({DropTable{orders().id}}));
  EXPECT_TRUE(find(customers().id).referenced_by.empty());
}

TEST_F(ReferencesTest, AParentStaysAsLongAsItHasChildren) {
  ASSERT_TRUE(make({PutTable{customers()}, PutTable{orders()}}));
  const Status dropped = make({DropTable{customers().id}});
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.error().code, Code::invalid_argument);
  EXPECT_EQ(dropped.error().what,
            "Table `customers` is referenced by the foreign key `of_customer` of table `orders`.");
  TableDefinition other = find(customers().id);
  other.columns[0].type = integer(64);
  EXPECT_FALSE(make({PutTable{other}})) << "of another type";
  other = find(customers().id);
  other.key_columns = {ColumnId{2}};
  EXPECT_FALSE(make({PutTable{other}})) << "without a key";
  TableDefinition child = find(orders().id);
  child.indexes.clear();
  EXPECT_FALSE(make({PutTable{child}}, false)) << "nothing finds the children";
  EXPECT_TRUE(make({DropTable{orders().id}, DropTable{customers().id}}));
}

TEST_F(ReferencesTest, WhatTakesATablesPlaceIsReferredTo) {
  ASSERT_TRUE(make({PutTable{customers()}, PutTable{orders()}}));
  TableDefinition moved = find(customers().id);
  moved.id = TableId{1050};
  moved.name = "people";
  ASSERT_TRUE(make({DropTable{customers().id}, PutTable{moved}}));
  EXPECT_EQ(find(orders().id).foreign_keys[0].parent, moved.id);
  EXPECT_EQ(find(moved.id).referenced_by, std::vector{orders().id});
  TableDefinition child = find(orders().id);
  child.id = TableId{1060};
  ASSERT_TRUE(make({DropTable{orders().id}, PutTable{child}}));
  EXPECT_EQ(find(moved.id).referenced_by, std::vector{child.id});
}

TEST_F(ReferencesTest, ATableMayReferToItself) {
  TableDefinition table = orders();
  table.foreign_keys[0].parent = table.id;
  ASSERT_TRUE(make({PutTable{table}}));
  EXPECT_EQ(find(table.id).referenced_by, std::vector{table.id});
  TableDefinition moved = find(table.id);
  moved.id = TableId{1070};
  ASSERT_TRUE(make({DropTable{table.id}, PutTable{moved}}));
  EXPECT_EQ(find(moved.id).foreign_keys[0].parent, moved.id);
  EXPECT_EQ(find(moved.id).referenced_by, std::vector{moved.id});
  EXPECT_TRUE(make({DropTable{moved.id}}));
}

TEST_F(ReferencesTest, UncheckedAParentMayBeAbsentAndIsFoundAgain) {
  ASSERT_TRUE(make({PutTable{customers()}, PutTable{orders()}}));
  ASSERT_TRUE(make({DropTable{customers().id}}, false));
  const AbsentParent absent{"shop", "customers", {"id"}};
  EXPECT_EQ(find(orders().id).foreign_keys[0].parent, TableId{});
  EXPECT_EQ(find(orders().id).foreign_keys[0].absent, absent);
  TableDefinition again = customers();
  again.id = TableId{1080};
  again.columns[0].type = integer(64);
  ASSERT_TRUE(make({PutTable{again}}));
  EXPECT_EQ(find(orders().id).foreign_keys[0].absent, absent) << "its column is of another type";
  again.columns[0].type = integer();
  ASSERT_TRUE(make({PutTable{again}}));
  EXPECT_EQ(find(orders().id).foreign_keys[0].parent, again.id);
  EXPECT_EQ(find(orders().id).foreign_keys[0].parent_columns, std::vector{ColumnId{1}});
  EXPECT_FALSE(find(orders().id).foreign_keys[0].absent);
  EXPECT_EQ(find(again.id).referenced_by, std::vector{orders().id});
}

TEST(KeyOver, IsOverAllOfExactlyTheseColumns) {
  TableDefinition table = customers();
  table.key_columns = {ColumnId{1}, ColumnId{2}};
  const std::vector both{ColumnId{1}, ColumnId{2}};
  const std::vector turned{ColumnId{2}, ColumnId{1}};
  const std::vector first{ColumnId{1}};
  ASSERT_TRUE(key_over(table, both));
  EXPECT_EQ(key_over(table, both)->index, nullptr);
  EXPECT_FALSE(key_over(table, turned));
  EXPECT_FALSE(key_over(table, first));
  table.indexes = {index_over(7, "longer", both), index_over(8, "short", first)};
  table.indexes[0].unique = true;
  EXPECT_EQ(key_over(table, both)->index, nullptr) << "rows are stored under it";
  EXPECT_EQ(key_over(table, first)->index->name, "short");
  table.indexes[0].hidden = true;
  EXPECT_EQ(key_over(table, both)->index->name, "longer") << "as texts are compared";
  table.indexes[1].parts[0].prefix = 3;
  EXPECT_FALSE(key_over(table, first));
}

TEST(CanRefer, TypesMustFindEachOther) {
  const auto text = [](std::uint32_t length, std::string_view collation) {
    return value::LogicalType{
        .kind = value::Kind::text, .length = length, .collation = value::find_collation(collation)};
  };
  EXPECT_TRUE(can_refer(text(10, "utf8mb4_bin"), text(20, "utf8mb4_bin")));
  EXPECT_FALSE(can_refer(text(10, "utf8mb4_bin"), text(10, "utf8mb4_0900_ai_ci")));
  EXPECT_FALSE(can_refer(*integer(32), *integer(64)));
  EXPECT_FALSE(
      can_refer({.kind = value::Kind::integer, .bits = 32, .is_unsigned = true}, *integer(32)));
  EXPECT_FALSE(can_refer(*integer(32), text(10, "utf8mb4_bin")));
}

}  // namespace
}  // namespace octavo::catalog
