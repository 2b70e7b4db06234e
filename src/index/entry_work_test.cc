// The entries of a row are the same whoever works them out: the statement that writes it, apply on
// its own, replay, a build, a reader, a check. Also when the work is too much.

#include <gtest/gtest.h>

#include "index/builder.h"
#include "index/compare.h"
#include "index/matcher.h"
#include "index/test_support.h"

namespace octavo::index {
namespace {

using namespace testing_support;
using value::Value;

constexpr std::uint16_t kCount = 43;
constexpr std::uint16_t kRange = 173;
constexpr std::uint16_t kKeys = 94;

// row → r.range(row.n).count(): as slow as a row says.
algebra::ExprPtr slow() { return of_row(term(kCount, {term(kRange, {field_of_row("n")})})); }
// row → row.tags
algebra::ExprPtr tags() { return field("tags"); }
// row → row.keys(): all of the row.
algebra::ExprPtr whole() { return of_row(term(kKeys, {row()})); }

Value row_with(std::int64_t id, std::string_view name, Value value) {
  return Value::object({{"id", number(id)}, {std::string(name), std::move(value)}});
}
Value strings(std::size_t count) {
  std::vector<Value> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(Value::string(std::to_string(i)));
  return Value::array(std::move(out));
}

// Rows for which the function is quick, and for which it is not.
struct Case {
  std::string_view name;
  algebra::ExprPtr function;
  bool multi = false;
  Value quick;
  Value slow;
};
std::vector<Case> cases() {
  Value shared = strings(2);
  for (int level = 0; level < 16; ++level) shared = Value::array({shared, shared});
  std::vector<Value> copies(1000, Value::string(std::string(20'000, 'x')));
  return {
      {"steps", slow(), false, row_with(1, "n", number(1000)),
       row_with(2, "n", number(10'000'000'000'000))},
      {"entries", tags(), true, row_with(1, "tags", strings(1000)),
       row_with(2, "tags", strings(90'000))},
      {"bytes", tags(), true, row_with(1, "tags", Value::array({copies[0]})),
       row_with(2, "tags", Value::array(copies))},
      {"one key", tags(), false, row_with(1, "tags", strings(100)), row_with(2, "tags", shared)},
      {"the whole row", whole(), true, row_with(1, "a", number(1)),
       row_with(2, "a", Value::string(std::string(8'000'000, 'x')))},
  };
}

std::size_t rows_in(TestStore& store, IndexId index, std::int64_t id) {
  const Bytes key = value::encoded_key(number(id));
  std::size_t count = 0;
  for (const Bytes& entry : store.entries(index)) {
    ByteReader reader(entry);
    EXPECT_TRUE(value::skip_key(reader));
    if (reader.rest().starts_with(key)) ++count;
  }
  return count;
}

TEST(EntryWork, ARowWithTooMuchWorkIsNotInTheIndexHoweverItGotThere) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    TestStore store;
    const TableId table = store.add_table("t");
    const IndexId written = store.add_index(table, "written", one.function, one.multi);
    store.put(table, one.quick);
    store.put(table, one.slow);
    const IndexId built = store.add_index(table, "built", one.function, one.multi);
    Build build(table, store.indexes(table)->share(built));
    while (!build.done()) {
      ASSERT_TRUE(build.read(store.engine(), [] { return true; }));
      Status done;
      store.sequencer().run_exclusive([&](Lsn tip) { done = build.write(store.engine(), tip); });
      ASSERT_TRUE(done);
    }
    for (const IndexId index : {written, built}) {
      EXPECT_GE(rows_in(store, index, 1), 1U);
      EXPECT_EQ(rows_in(store, index, 2), 0U);
      const auto compared =
          compare_with_rows(store.engine(), table, *store.indexes(table)->find(index));
      ASSERT_TRUE(compared);
      EXPECT_EQ(compared->missing + compared->surplus, 0U);
    }
    const auto matcher = Matcher::make(*store.definitions()->find_table(table),
                                       {.table = table, .index = written, .order = {}});
    ASSERT_TRUE(matcher);
    EXPECT_FALSE(matcher->sort_keys(number(1), one.quick).empty());
    EXPECT_TRUE(matcher->sort_keys(number(2), one.slow).empty());
    // It leaves the index, and comes back, like any row.
    store.put(table, [&] {
      value::ObjectBuilder changed(one.slow);
      changed.set("id", number(1));
      return std::move(changed).build();
    }());
    EXPECT_EQ(rows_in(store, written, 1), 0U);
    store.put(table, one.quick);
    EXPECT_GE(rows_in(store, written, 1), 1U);
  }
}

TEST(EntryWork, WhatIsPreparedIsWhatApplyingMakes) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    TestStore store;
    const TableId table = store.add_table("t");
    store.add_index(table, "i", one.function, one.multi);
    const auto set = store.indexes(table);
    const auto encoded = [](const Value& value) {
      Bytes out;
      EXPECT_TRUE(value::encode_document(value, out));
      return out;
    };
    const Bytes quick = encoded(one.quick);
    const Bytes other = encoded(one.slow);
    const Bytes key = value::encoded_key(number(1));
    EntryChanges prepared;
    prepared.add_table(store.definitions()->share_table(table));
    kv::WriteBatch changes;
    add_entry_changes(*set, {table, key, quick, other}, changes);
    EXPECT_FALSE(changes.empty());
    prepared.add(changes);
    Maintainer maintainer(store.sets(), [&] { return store.definitions(); });
    kv::WriteBatch used;
    ASSERT_TRUE(maintainer.use_prepared(prepared, used));
    kv::WriteBatch applied;
    maintainer.on_change({table, key, quick, other}, {}, applied);
    EXPECT_EQ(used.count(), applied.count());
    EXPECT_EQ(used.bytes(), applied.bytes());
    // Definitions that came in between make it useless.
    store.add_index(table, "second", tags());
    kv::WriteBatch unused;
    EXPECT_FALSE(maintainer.use_prepared(prepared, unused));
    EXPECT_TRUE(unused.empty());
  }
}

TEST(EntryWork, ADocumentAndItsBytesHaveTheSameEntriesAndWork) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    TestStore store;
    const TableId table = store.add_table("t");
    store.add_index(table, "i", one.function, one.multi);
    const Index& index = *store.indexes(table)->indexes.front();
    for (const Value& row : {one.quick, one.slow}) {
      Bytes document;
      ASSERT_TRUE(value::encode_document(row, document));
      std::vector<Bytes> of_value;
      std::vector<Bytes> of_bytes;
      EXPECT_EQ(index.keys_of(row, of_value), index.keys_of(BytesView(document), of_bytes));
      EXPECT_EQ(of_value, of_bytes);
    }
  }
}

TEST(EntryWork, FieldsThatAnIndexDoesNotReadMakeNoDifference) {
  TestStore store;
  const TableId table = store.add_table("t");
  store.add_index(table, "a", field("a"));
  store.add_index(table, "all", whole(), true);
  const auto set = store.indexes(table);
  const auto sees = [&](std::size_t i, std::string_view before, std::string_view after) {
    Bytes documents[2];
    EXPECT_TRUE(value::encode_document(json(before), documents[0]));
    EXPECT_TRUE(value::encode_document(json(after), documents[1]));
    return !set->indexes[i]->sees_no_difference(documents[0], documents[1]);
  };
  EXPECT_FALSE(sees(0, R"({"a":1,"b":1})", R"({"a":1,"b":2,"c":3})"));
  EXPECT_TRUE(sees(0, R"({"a":1})", R"({"a":2})"));
  EXPECT_TRUE(sees(0, R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(sees(0, R"({"b":1})", R"({"c":1})"));
  EXPECT_TRUE(sees(1, R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(sees(1, R"({"a":1})", R"({"a":1})"));
}

TEST(EntryWork, ABuildCanBeStoppedBetweenRows) {
  TestStore store;
  const TableId table = store.add_table("t");
  for (std::int64_t id = 0; id < 20; ++id) {
    store.put(table, row_with(id, "n", number(10'000'000'000)));
  }
  const IndexId index = store.add_index(table, "slow", slow());
  Build build(table, store.indexes(table)->share(index));
  int asked = 0;
  ASSERT_TRUE(build.read(store.engine(), [&] { return ++asked < 3; }));
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE(build.done());
}

}  // namespace
}  // namespace octavo::index
