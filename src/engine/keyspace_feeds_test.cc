// Feeds on Redis databases.

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "engine/keyspace_test_support.h"

namespace octavo::engine {
namespace {

using namespace testing_support;

class KeyspaceFeeds : public KeyspaceTest {};

TEST_F(KeyspaceFeeds, FeedTellsEachOperationInOrder) {
  const auto feed = listen();
  const auto other = listen({}, kDb1);
  run({{"set", "a", "1"}, {"incr", "a"}});  // sent together: one record, two operations
  run({{"rpush", "q", "x"}, {"rpush", "q", "y"}}, 0, true);
  run({{"set", "b", "1"}}, 1);
  run({{"rename", "a", "c"}});
  run({{"del", "c", "nothing"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: - > \"1\"", "a: \"1\" > \"2\"", R"(q: - > ["x","y"])",
                                   "a: \"2\" > -", "c: - > \"2\"", "c: \"2\" > -"}));
  EXPECT_EQ(changes(*other), (Lines{"b: - > \"1\""}));
  EXPECT_TRUE(put("q", json(R"({"id":"q","type":"list","value":["z"]})")));
  EXPECT_EQ(changes(*feed), (Lines{R"(q: ["x","y"] > ["z"])"}));
}

TEST_F(KeyspaceFeeds, FeedTellsOfFlushSwapAndExpiry) {
  run({{"set", "a", "0"}});
  run({{"set", "b", "1"}}, 1);
  const auto feed = listen();
  run({{"swapdb", "0", "1"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: \"0\" > -", "b: - > \"1\""}));
  run({{"flushdb"}});
  EXPECT_EQ(changes(*feed), (Lines{"b: \"1\" > -"}));
  run({{"set", "k", "v", "px", "50"}});
  clock_.advance(std::chrono::milliseconds(60));
  while (engine_->keyspace().expire_some(10)) {
  }
  run({{"set", "end", "1"}});  // the engine's own expiry may have been first
  EXPECT_EQ(changes(*feed), (Lines{"k: - > \"v\"", "k: \"v\" > -", "end: - > \"1\""}));
}

TEST_F(KeyspaceFeeds, FeedTellsOfFieldsThatEnd) {
  run({{"hset", "h", "a", "1", "b", "2"}, {"hpexpire", "h", "50", "fields", "1", "a"}});
  const auto feed = listen();
  clock_.advance(std::chrono::milliseconds(60));
  while (engine_->keyspace().expire_some(10)) {
  }
  run({{"hset", "end", "a", "1"}});  // the engine's own expiry may have been first
  EXPECT_EQ(changes(*feed),
            (Lines{R"(h: {"a":"1","b":"2"} > {"b":"2"})", R"(end: - > {"a":"1"})"}));
}

TEST_F(KeyspaceFeeds, InitialRowsAndChangesMeet) {
  run({{"set", "a", "1"}});
  stream::FeedOptions options;
  options.include_initial = true;
  const auto feed = listen(options);
  run({{"set", "b", "2"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: - > \"1\"", "b: - > \"2\""}));
}

TEST_F(KeyspaceFeeds, TheLogIsTrimmedBehindTheOlderSnapshot) {
  retention_bytes_ = kMiB;
  restart();
  const auto feed = listen();
  run({{"set", "first", "1"}});
  write_much();
  (void)changes(*feed);
  const Cursor old = cursors_.front();
  restart();
  write_much();
  restart();
  run({{"set", "a", "1"}});
  {
    const auto fresh = listen();
    run({{"set", "a", "2"}});
    (void)changes(*fresh);
  }
  const Cursor recent = cursors_.back();
  run({{"set", "a", "3"}});
  restart();
  stream::FeedOptions options;
  options.resume_after = recent;
  const auto resumed = listen(options);
  ASSERT_NE(resumed, nullptr);
  EXPECT_EQ(changes(*resumed), (Lines{"a: \"2\" > \"3\""}));
  options.resume_after = old;
  const algebra::Scan all{.table = kDb0, .index = {}, .order = {}};
  const auto refused =
      engine_->subscribe(stream::FeedKind::range, algebra::make_plan(all), options, context_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::out_of_range);
  EXPECT_EQ(run({{"get", "first"}}), "$1\r\n1\r\n");
}

TEST_F(KeyspaceFeeds, FeedResumesAfterItsCursor) {
  const auto feed = listen();
  run({{"set", "a", "1"}, {"set", "a", "2"}});
  run({{"set", "b", "1"}});
  ASSERT_EQ(changes(*feed).size(), 3U);
  for (int restarts = 0; restarts < 2; ++restarts) {
    stream::FeedOptions options;
    options.resume_after = cursors_.front();
    const auto resumed = listen(options);
    ASSERT_NE(resumed, nullptr);
    EXPECT_EQ(changes(*resumed), (Lines{"a: \"1\" > \"2\"", "b: - > \"1\""}));
    run({{"set", "live", "1"}});
    EXPECT_EQ(changes(*resumed), (Lines{"live: - > \"1\""}));
    run({{"del", "live"}});
    if (restarts == 0) {
      restart();
      options.resume_after = cursors_[2];
      const auto later = listen(options);
      EXPECT_EQ(changes(*later), (Lines{"live: - > \"1\"", "live: \"1\" > -"}));
      run({{"flushall"}, {"set", "a", "1"}});
      break;
    }
  }
}

// Lines that only one of them has.
Lines difference(const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
  Lines out;
  std::ranges::set_symmetric_difference(a, b, std::back_inserter(out));
  return out;
}

// Initial rows are those of one moment, each once, whatever is done while they are read.
TEST_F(KeyspaceFeeds, InitialRowsAreOfOneMomentWhileKeysChange) {
  Random random(7);
  const auto name = [&] { return "k" + std::to_string(random.below(60)); };
  const auto change = [&] {
    const std::string key = name();
    const std::string other = name();
    switch (random.below(12)) {
      case 0:
      case 1: run({{"del", key}}); break;
      case 2: run({{"rename", key, other}}); break;
      case 3: run({{"del", key}, {"set", key, other}}, 0, true); break;
      case 4: run({{"rpush", "l" + key, other}}); break;
      case 5: run({{"lpop", "l" + key}}); break;
      case 6: run({{"getset", key, other}, {"set", "new" + other, "1"}}); break;
      case 7: run({{"del", key, other, "new" + key}}); break;
      case 8: run({{"set", key, other}}, 1); break;
      default: run({{"append", key, "x"}}); break;
    }
  };
  const Scan scans[] = {
      {.table = kDb0, .index = {}, .order = {}},
      {.table = kDb0, .index = {}, .order = Direction::descending},
      {.table = kDb0,
       .index = {},
       .keys = KeyRange{{Value::string("k2"), true}, {Value::string("k5"), false}},
       .order = {}}};
  for (int round = 0; round < 60; ++round) {
    run({{"flushall"}});
    for (int i = 0; i < 80; ++i) change();
    const Scan& scan = scans[round % 3];
    std::multiset<std::string> expected;
    auto query = engine_->query(algebra::make_plan(scan), context_);
    ASSERT_TRUE(query);
    for (exec::Rows batch;; batch.clear()) {
      ASSERT_TRUE((*query)->next(10, batch));
      if (batch.empty()) break;
      for (const Value& found : batch) expected.insert(value::to_json(found));
    }
    stream::FeedOptions options;
    options.include_initial = true;
    auto feed =
        engine_->subscribe(stream::FeedKind::range, algebra::make_plan(scan), options, context_);
    ASSERT_TRUE(feed);
    std::multiset<std::string> initial;
    std::map<std::string, std::string> state;
    const auto take = [&](std::size_t count) {
      std::vector<stream::FeedItem> items;
      ASSERT_TRUE((*feed)->poll(count, items));
      for (const auto& item : items) {
        const auto& any = item.new_value ? item.new_value : item.old_value;
        const std::string id(any->find("id")->as_string());
        if (item.kind == stream::FeedItem::Kind::initial) initial.insert(text(item.new_value));
        if (item.new_value) {
          state[id] = text(item.new_value);
        } else {
          state.erase(id);
        }
      }
    };
    for (int i = 0; i < 40; ++i) {
      for (std::size_t n = random.below(4); n > 0; --n) change();
      if (round % 7 == 3 && i == 5) run({{"flushdb"}});
      if (round % 7 == 5 && i == 4) run({{"swapdb", "0", "1"}});
      take(1 + random.below(4));
    }
    for (int i = 0; i < 200; ++i) take(10);
    EXPECT_EQ(difference(initial, expected), Lines()) << "round " << round;
    std::multiset<std::string> followed;
    for (const auto& [id, row] : state) followed.insert(row);
    std::multiset<std::string> now;
    query = engine_->query(algebra::make_plan(scan), context_);
    for (exec::Rows batch; query; batch.clear()) {
      ASSERT_TRUE((*query)->next(10, batch));
      if (batch.empty()) break;
      for (const Value& found : batch) now.insert(value::to_json(found));
    }
    EXPECT_EQ(difference(followed, now), Lines()) << "round " << round;
  }
}

// A feed on one key resumes in the middle of a record where a feed on all would.
TEST_F(KeyspaceFeeds, AFeedOnOneKeyResumesWithinARecord) {
  const Scan one{.table = kDb0, .index = {}, .keys = KeySet{{Value::string("b")}}, .order = {}};
  stream::FeedOptions options;
  const auto feed = [&] {
    auto made =
        engine_->subscribe(stream::FeedKind::range, algebra::make_plan(one), options, context_);
    EXPECT_TRUE(made);
    return *std::move(made);
  };
  const auto first = feed();
  run({{"set", "a", "1"},
       {"set", "b", "1"},
       {"set", "a", "2"},
       {"set", "b", "2"},
       {"del", "a"},
       {"set", "b", "3"}});
  EXPECT_EQ(changes(*first), (Lines{"b: - > \"1\"", "b: \"1\" > \"2\"", "b: \"2\" > \"3\""}));
  options.resume_after = cursors_[0];
  EXPECT_EQ(changes(*feed()), (Lines{"b: \"1\" > \"2\"", "b: \"2\" > \"3\""}));
  options.resume_after = cursors_[1];
  EXPECT_EQ(changes(*feed()), (Lines{"b: \"2\" > \"3\""}));
}

}  // namespace
}  // namespace octavo::engine
