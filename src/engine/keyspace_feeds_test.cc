// Feeds on Redis databases.

#include "engine/keyspace_test_support.h"

namespace octavo::engine {
namespace {

using namespace testing_support;

class KeyspaceFeeds : public KeyspaceTest {};

TEST_F(KeyspaceFeeds, FeedTellsEachOperationInOrder) {
  const auto feed = listen();
  const auto other = listen({}, kDb1);
  run({{"set", "a", "1"}, {"incr", "a"}});  // a pipeline: one record, two operations
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

}  // namespace
}  // namespace octavo::engine
