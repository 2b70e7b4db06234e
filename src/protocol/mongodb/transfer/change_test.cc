#include "protocol/mongodb/transfer/change.h"

#include <gtest/gtest.h>

#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

Value place(std::string_view database, std::string_view collection) {
  return document({{"db", text(database)}, {"coll", text(collection)}});
}

Value event(std::string_view operation, const Value& id, const Value& full) {
  return document({{"_id", document({{"_data", text("1")}})},
                   {"operationType", text(operation)},
                   {"clusterTime", Value::log_stamp(7, 2)},
                   {"ns", place("shop", "orders")},
                   {"documentKey", document({{"shard", Value::int32(1)}, {"_id", id}})},
                   {"fullDocument", full}});
}

Value row(int id, int n) { return document({{"_id", Value::int32(id)}, {"n", Value::int32(n)}}); }

Bytes key(int id) {
  Bytes out;
  write_bson(document({{"_id", Value::int32(id)}}), out);
  return out;
}

TEST(TransferChange, DocumentsBecomeWhatEventsSay) {
  for (const char* const operation : {"insert", "update", "replace"}) {
    const auto change = read_change(event(operation, Value::int32(1), row(1, 5)));
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, ChangeKind::put);
    EXPECT_EQ(change->name, (CollectionName{"shop", "orders"}));
    EXPECT_EQ(change->time, (SourceTime{7, 2}));
    EXPECT_EQ(change->key.as_object().size(), 1U);  // without the shard key
    EXPECT_EQ(change->document.find("n")->as_int64(), 5);
  }
  const auto erased = read_change(event("delete", Value::int32(1), Value()));
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->kind, ChangeKind::erase);
}

TEST(TransferChange, AnUpdateOfWhatHasGoneIsNothing) {
  const auto change = read_change(event("update", Value::int32(1), Value()));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->kind, ChangeKind::nothing);
}

TEST(TransferChange, Collections) {
  const auto renamed = read_change(document(
      {{"operationType", text("rename")}, {"ns", place("shop", "a")}, {"to", place("crm", "b")}}));
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->kind, ChangeKind::rename);
  EXPECT_EQ(renamed->to, (CollectionName{"crm", "b"}));
  EXPECT_FALSE(renamed->time);
  const auto defined =
      read_change(document({{"operationType", text("createIndexes")}, {"ns", place("shop", "a")}}));
  ASSERT_TRUE(defined);
  EXPECT_EQ(defined->kind, ChangeKind::nothing);
  EXPECT_FALSE(read_change(document({{"ns", place("shop", "a")}})));
}

TEST(TransferChange, TheLastChangeOfADocumentCounts) {
  PendingWrites writes;
  for (const auto& [operation, id, n] :
       {std::tuple("insert", 1, 1), {"update", 1, 2}, {"insert", 2, 1}, {"delete", 2, 0}}) {
    writes.add(*read_change(event(operation, Value::int32(id), row(id, n))));
  }
  EXPECT_EQ(writes.size(), 2U);
  const auto& documents = writes.collections().at({"shop", "orders"});
  EXPECT_EQ(documents.at(key(1))->find("n")->as_int64(), 2);
  EXPECT_FALSE(documents.at(key(2)));
  const auto statements = statements_of(documents);
  ASSERT_EQ(statements.size(), 1U);
  EXPECT_EQ(statements[0].deletes.size(), 1U);
  EXPECT_EQ(statements[0].updates.size(), 1U);
  EXPECT_EQ(statements[0].keys, std::vector<Bytes>{key(1)});
  writes.forget({"shop", "orders"});
  EXPECT_TRUE(writes.empty());
}

TEST(TransferWrites, DocumentsStandInACommandAsTheyAre) {
  BsonList list;
  for (int i = 0; i < 11; ++i) {
    Bytes bytes;
    write_bson(row(i, i * i), bytes);
    list.add(bytes);
  }
  const auto command = read_bson(list.command("insert", "orders", "documents",
                                              document({{"ordered", Value::boolean(false)}})));
  ASSERT_TRUE(command);
  EXPECT_EQ(command->as_object().front().name, "insert");
  EXPECT_FALSE(command->find("ordered")->as_boolean());
  const value::ArrayView documents = command->find("documents")->as_array();
  ASSERT_EQ(documents.size(), 11U);
  EXPECT_EQ(documents[10].find("n")->as_int64(), 100);
  EXPECT_EQ(id_of(list[10]).value(), key(10));
  EXPECT_FALSE(id_of(BytesView("\x05\0\0\0\0", 5)));
}

}  // namespace
}  // namespace octavo::mongodb::transfer
