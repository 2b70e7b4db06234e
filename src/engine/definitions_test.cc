#include "engine/definitions.h"

#include <gtest/gtest.h>

#include "algebra/expr.h"
#include "catalog/edit.h"
#include "engine/administrator.h"

namespace octavo::engine {
namespace {

class DefinitionsTest : public testing::Test {
 protected:
  DefinitionsTest() { EXPECT_TRUE(definitions_.load(*rows_)); }

  // What a record with `changes` adds to its batch.
  kv::WriteBatch prepare(const Result<catalog::Changes>& changes) {
    EXPECT_TRUE(changes);
    kv::WriteBatch batch;
    EXPECT_TRUE(definitions_.on_ddl(catalog::encode_changes(*changes), lsn_, 0, batch));
    return batch;
  }
  void commit(const Result<catalog::Changes>& changes) {
    EXPECT_TRUE(rows_->apply(prepare(changes), lsn_));
    definitions_.on_applied(lsn_);
    lsn_ = Lsn::of(0, LsnOrder{raw(lsn_.order()) + 8});
  }
  static std::size_t range_erasures(const kv::WriteBatch& batch) {
    std::size_t count = 0;
    batch.for_each([&](kv::WriteBatch::Kind kind, kv::Family, BytesView, BytesView) {
      count += kind == kv::WriteBatch::Kind::erase_range ? 1 : 0;
    });
    return count;
  }

  TableId create_table() {
    commit(catalog::create_database(*definitions_.current(), "d"));
    catalog::NewTable table;
    table.database = definitions_.current()->find_database("d")->id;
    table.name = "t";
    commit(catalog::create_table(*definitions_.current(), table));
    return definitions_.current()->find_table(table.database, "t")->id;
  }

  std::unique_ptr<kv::Store> rows_ = kv::open_memory_store();
  Definitions definitions_;
  Lsn lsn_ = Lsn::of(0, LsnOrder{4096});
};

TEST_F(DefinitionsTest, ADropThatFoundNoRoomErasesWhenItIsDoneAgain) {
  const TableId id = create_table();

  const auto drop = catalog::drop_table(*definitions_.current(), id);
  EXPECT_EQ(range_erasures(prepare(drop)), 1U);
  definitions_.on_discarded();
  EXPECT_NE(definitions_.current()->find_table(id), nullptr);
  EXPECT_EQ(range_erasures(prepare(drop)), 1U);
  definitions_.on_applied(lsn_);
  EXPECT_EQ(definitions_.current()->find_table(id), nullptr);
}

// The batch is in the store before the definitions are published: in between, rows and definitions
// are not of one moment.
TEST_F(DefinitionsTest, WhileAChangeIsOnItsWayTheyAreNotSettled) {
  const auto before = definitions_.settled();
  ASSERT_NE(before, nullptr);
  const auto created = catalog::create_database(*before, "d");
  prepare(created);
  EXPECT_EQ(definitions_.settled(), nullptr);
  EXPECT_EQ(definitions_.current(), before);
  definitions_.on_discarded();
  EXPECT_EQ(definitions_.settled(), before);
  prepare(created);
  definitions_.on_applied(lsn_);
  EXPECT_EQ(definitions_.settled(), definitions_.current());
  EXPECT_NE(definitions_.settled(), before);
}

// An index that is passed over would miss the entries of every row that is written.
TEST_F(DefinitionsTest, AnIndexThatCannotBeReadIsRefusedByName) {
  const TableId id = create_table();
  catalog::TableDefinition edited = *definitions_.current()->find_table(id);
  catalog::IndexDefinition index;
  index.name = "i";
  index.function = "\x63";  // a format that is not known
  edited.indexes.push_back(index);

  kv::WriteBatch batch;
  const auto changes = std::vector<catalog::Change>{catalog::PutTable{edited}};
  const Status refused = definitions_.on_ddl(catalog::encode_changes(changes), lsn_, 0, batch);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("table `t`: its index `i` cannot be read"), std::string::npos)
      << refused.error().what;
  definitions_.on_discarded();

  const auto stored = catalog::stored_form(changes.front());
  kv::WriteBatch direct;
  direct.put(kv::Family::meta, stored.key, *stored.entry);
  ASSERT_TRUE(rows_->apply(direct, lsn_));
  Definitions others;
  EXPECT_EQ(others.load(*rows_).error().what, refused.error().what);
}

// Decided on the definitions in force: whoever came first keeps its administrator.
TEST_F(DefinitionsTest, OnlyANewDirectoryGetsAnAdministrator) {
  const auto first = first_definitions(*definitions_.current());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 2U);
  commit(first);
  EXPECT_NE(definitions_.current()->find_database("test"), nullptr);
  EXPECT_NE(definitions_.current()->find_user(catalog::kAdminName), nullptr);
  const auto again = first_definitions(*definitions_.current());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
}

// Another version may have made it: it is no damage, and nothing here can evaluate it.
TEST_F(DefinitionsTest, FunctionsOfAnUnknownFamilyAreRefusedWhereTheyAreOpened) {
  commit(catalog::create_database(*definitions_.current(), "d"));
  catalog::NewTable table;
  table.database = definitions_.current()->find_database("d")->id;
  table.name = "t";
  commit(catalog::create_table(*definitions_.current(), table));
  const catalog::TableDefinition before = *definitions_.current()->find_table(table.database, "t");
  Bytes function;
  const auto unknown = algebra::call({algebra::FamilyId{200}, 1}, {});
  const auto inside = algebra::call({algebra::kCore, 0}, {unknown});
  ASSERT_TRUE(algebra::encode(algebra::lambda({algebra::VarId{1}}, inside), function));
  const auto refused = [&](const catalog::TableDefinition& edited) {
    kv::WriteBatch batch;
    const auto changes = std::vector<catalog::Change>{catalog::PutTable{edited}};
    const Status done = definitions_.on_ddl(catalog::encode_changes(changes), lsn_, 0, batch);
    definitions_.on_discarded();
    return done ? "accepted" : done.error().what;
  };
  catalog::TableDefinition indexed = before;
  catalog::IndexDefinition index;
  index.name = "i";
  index.function = function;
  indexed.indexes.push_back(index);
  const std::string why = "cannot be read: Functions of family 200 are not known to this version.";
  EXPECT_EQ(refused(indexed), "table `t`: its index `i` " + why);
  catalog::TableDefinition hooked = before;
  hooked.write_hook = function;
  EXPECT_EQ(refused(hooked), "table `t`: its write hook " + why);
}

TEST_F(DefinitionsTest, NewIndexesAreCompletedOrRefusedBeforeTheLog) {
  const TableId id = create_table();
  catalog::IndexDefinition index;
  index.name = "i";
  ASSERT_TRUE(algebra::encode(
      algebra::lambda({algebra::VarId{1}}, algebra::variable(algebra::VarId{1})), index.function));
  const auto prepared = [&](const catalog::IndexDefinition& given) -> Result<catalog::Changes> {
    auto changes = catalog::add_index(*definitions_.current(), id, given);
    EXPECT_TRUE(changes);
    TRY_STATUS(prepare_new_indexes(*definitions_.current(), *changes));
    return changes;
  };
  auto created = prepared(index);
  ASSERT_TRUE(created);
  const auto& put = std::get<catalog::PutTable>(created->front()).table;
  EXPECT_TRUE(put.indexes.front().options.is_object()) << "of its kind";
  index.kind = catalog::IndexKindId{900};
  EXPECT_EQ(prepared(index).error().code, Code::unsupported);
  // One that is there already is not looked at: it was made by whoever knew it.
  commit(created);
  auto again = catalog::edit_table(*definitions_.current(), id, [](catalog::TableDefinition& t) {
    t.indexes.front().options = value::Value();
    return Status();
  });
  ASSERT_TRUE(again);
  ASSERT_TRUE(prepare_new_indexes(*definitions_.current(), *again));
  EXPECT_TRUE(std::get<catalog::PutTable>(again->front()).table.indexes.front().options.is_null());
}

}  // namespace
}  // namespace octavo::engine
