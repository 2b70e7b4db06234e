#include "layout/keyspace/changes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "catalog/reserved.h"
#include "keyspace/command_table.h"

namespace octavo::layout {
namespace {

using algebra::KeyRange;
using algebra::KeySet;
using algebra::Scan;
using value::Value;

class KeyspaceChangesTest : public testing::Test {
 protected:
  // The changes of one record of these commands, all of database 0.
  algebra::ChangeSetPtr record(std::initializer_list<std::vector<std::string_view>> commands) {
    changes_.begin_record(Lsn::of(0, LsnOrder{++lsn_}), 1'000'000'000'000'000,
                          [this](TableId) { return interests_; });
    std::string replies;
    keyspace::LocalBatch batch(replies);
    for (const auto& command : commands) {
      batch.add(*keyspace::keyspace_commands().find(command.front()), 0, command);
    }
    keyspace_.apply_local(batch, 1'000'000'000'000'000, 1);
    auto sets = changes_.end_record();
    return sets.empty() ? nullptr : sets.front();
  }
  Scan scan(std::variant<KeyRange, KeySet> keys) {
    return {.table = catalog::kKeyspace.tables.first,
            .index = {},
            .keys = std::move(keys),
            .order = {}};
  }
  Scan point(std::string_view key) { return scan(KeySet{{Value::string(key)}}); }
  static const Value& content(const std::optional<Value>& row) { return *row->find("value"); }

  keyspace::Keyspace keyspace_;
  std::shared_ptr<exec::Interests> interests_ = std::make_shared<exec::Interests>();
  KeyspaceChanges changes_{keyspace_};
  std::uint64_t lsn_ = 0;
};

TEST_F(KeyspaceChangesTest, KeysThatNobodyListensToMakeNoDocuments) {
  const exec::Interests::Interest one(interests_, point("one"));
  EXPECT_EQ(record({{"rpush", "queue", "a"}, {"rpush", "queue", "b"}}), nullptr);
  const auto set = record({{"rpush", "queue", "c"}, {"set", "one", "1"}});
  ASSERT_NE(set, nullptr);
  ASSERT_EQ(set->changes.size(), 1U);
  EXPECT_EQ(set->changes[0].key, Value::string("one"));
}

TEST_F(KeyspaceChangesTest, AChangeHasOneNumberWhoeverListensToWhat) {
  const auto commands = {std::vector<std::string_view>{"mset", "a", "1", "b", "2", "c", "3"},
                         {"del", "a", "c"},
                         {"set", "c", "9"},
                         {"flushdb"}};
  std::vector<std::pair<Value, std::uint32_t>> seen;
  {
    const exec::Interests::Interest all(interests_, scan(KeyRange{}));
    const auto set = record(commands);
    ASSERT_NE(set, nullptr);
    for (const auto& change : set->changes) {
      if (change.key == Value::string("c")) seen.emplace_back(change.key, change.index);
    }
    ASSERT_EQ(seen.size(), 4U);
  }
  const exec::Interests::Interest one(interests_, point("c"));
  const auto set = record(commands);
  ASSERT_NE(set, nullptr);
  std::vector<std::pair<Value, std::uint32_t>> now;
  for (const auto& change : set->changes) now.emplace_back(change.key, change.index);
  EXPECT_EQ(now, seen);
}

TEST_F(KeyspaceChangesTest, LargeKeysShareWhatDidNotChange) {
  const exec::Interests::Interest all(interests_, scan(KeyRange{}));
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("element-" + std::to_string(i));
  for (const std::string& name : names) {
    record({{"rpush", "l", name}, {"sadd", "s", name}, {"zadd", "z", "1", name}});
    record({{"hset", "h", name, name}, {"xadd", "x", std::to_string(lsn_ + 1), "f", name}});
  }
  const std::vector<std::string_view> edits[] = {{"rpush", "l", "new"},
                                                 {"lpush", "l", "new"},
                                                 {"lset", "l", "100", "new"},
                                                 {"lpop", "l"},
                                                 {"sadd", "s", "element-100-b"},
                                                 {"srem", "s", "element-7"},
                                                 {"zadd", "z", "2", "element-50"},
                                                 {"hset", "h", "element-3", "new"},
                                                 {"xadd", "x", "1000000", "f", "v"},
                                                 {"xdel", "x", "1000000"}};
  std::map<std::string, const void*> last;
  for (const auto& edit : edits) {
    const auto set = record({edit});
    ASSERT_NE(set, nullptr) << edit[0];
    ASSERT_EQ(set->changes.size(), 1U);
    const auto& change = set->changes[0];
    const auto place = [](const Value& value) -> const void* {
      return value.is_array() ? static_cast<const void*>(value.as_array().data())
                              : value.as_object().data();
    };
    // What one change leaves is what the next one finds.
    const std::string name(edit[1]);
    if (last.contains(name)) EXPECT_EQ(place(content(change.before)), last[name]) << edit[0];
    last[name] = place(content(change.after));
    EXPECT_NE(content(change.before), content(change.after)) << edit[0];
    if (!content(change.after).is_array()) continue;
    std::set<const void*> before;
    const auto part = [](const Value& element) -> const void* {
      return element.is_string() ? static_cast<const void*>(element.as_string().data())
                                 : element.as_object().data();
    };
    for (const Value& element : content(change.before).as_array()) before.insert(part(element));
    std::size_t fresh = 0;
    for (const Value& element : content(change.after).as_array()) {
      fresh += before.contains(part(element)) ? 0 : 1;
    }
    EXPECT_LE(fresh, 2U) << edit[0];
  }
}

TEST_F(KeyspaceChangesTest, WhatEndsAsItWasIsNoChange) {
  const exec::Interests::Interest all(interests_, scan(KeyRange{}));
  record({{"rpush", "l", "a", "b"}, {"set", "s", "1"}, {"hset", "h", "f", "v"}});
  EXPECT_EQ(record({{"set", "s", "1"}}), nullptr);
  EXPECT_EQ(record({{"lset", "l", "0", "a"}, {"hset", "h", "f", "v"}}), nullptr);
  EXPECT_EQ(record({{"del", "nothing"}}), nullptr);
  EXPECT_NE(record({{"pexpire", "l", "5000"}}), nullptr);
}

}  // namespace
}  // namespace octavo::layout
