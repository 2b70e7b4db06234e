// Tables of rows through the engine, on real files: definitions, indexes that are built while
// writers go on, feeds across restarts, and what ends when a table or the engine does.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "base/random.h"
#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using index::testing_support::number;
using stream::FeedItem;
using value::Value;

class Rows : public OneTableOnDisk {
 protected:
  Status put(std::int64_t id, std::int64_t a) {
    exec::QueryContext context(catalog::kAdminName);
    exec::RowWrites writes;
    writes.table = table_;
    writes.keys.push_back(number(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      if (a < 0) return RowEdit{RowEdit::Action::erase, {}};
      return RowEdit{RowEdit::Action::put, Value::object({{"id", number(id)}, {"a", number(a)}})};
    };
    auto done = engine_->write(writes, context);
    if (!done) return fail(done.error());
    return done->rows.front();
  }
  static constexpr std::int64_t kErase = -1;

  stream::SubscriptionPtr listen(stream::FeedOptions options = {}) {
    auto feed = engine_->subscribe(stream::FeedKind::range, all(), std::move(options), admin_);
    EXPECT_TRUE(feed) << feed.error().what;
    return feed ? *std::move(feed) : nullptr;
  }
  static Status poll_all(stream::Subscription& feed, std::vector<FeedItem>& out) {
    for (;;) {
      const std::size_t before = out.size();
      TRY_STATUS(feed.poll(7, out));
      if (out.size() == before) return {};
    }
  }
  static std::string text(const FeedItem& item) {
    return (item.old_value ? value::to_json(*item.old_value) : "-") + " > " +
           (item.new_value ? value::to_json(*item.new_value) : "-");
  }

  exec::QueryContext admin_{catalog::kAdminName};
};

TEST_F(Rows, AnIndexIsCompleteWhenItIsReadyThoughWritersGoOn) {
  for (std::int64_t id = 0; id < 1500; ++id) ASSERT_TRUE(put(id, id % 50));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    Random random(5);
    while (!stop) {
      const auto a = static_cast<std::int64_t>(random.below(60));
      EXPECT_TRUE(put(static_cast<std::int64_t>(random.below(2000)), a < 50 ? a : kErase));
    }
  });
  const IndexId first = add_index("first");
  const IndexId second = add_index("second");
  EXPECT_TRUE(wait_for_index(second));
  EXPECT_TRUE(wait_for_index(first));
  EXPECT_FALSE(engine_->index_progress(first));
  stop = true;
  writer.join();
  expect_index_agrees(first);
  expect_index_agrees(second);
  restart();
  expect_index_agrees(first);
  expect_index_agrees(second);
}

TEST_F(Rows, IndexesAreBuiltInTheOrderOfTheirCreation) {
  for (std::int64_t id = 0; id < 2000; ++id) ASSERT_TRUE(put(id, id % 50));
  add_index("z");  // keeps the builder busy
  add_index("y");
  const IndexId last = add_index("a");
  EXPECT_TRUE(wait_for_index(last));
  EXPECT_TRUE(definition().find_index("y")->ready);
}

TEST_F(Rows, AnIndexThatIsDroppedMeanwhileIsSaidToBeGone) {
  for (std::int64_t id = 0; id < 600; ++id) ASSERT_TRUE(put(id, 1));
  const IndexId index = add_index("a");
  std::promise<Status> told;
  engine_->when_index_ready(table_, index, [&](Status status) { told.set_value(status); });
  define(
      [&](const catalog::CatalogState& state) { return catalog::drop_index(state, table_, "a"); });
  // Ready before the drop, or gone: never left waiting.
  const Status status = told.get_future().get();
  EXPECT_TRUE(status || status.error().code == Code::not_found);
  EXPECT_EQ(wait_for_index(index).error().code, Code::not_found);
  const IndexId again = add_index("a");
  EXPECT_NE(again, index);
  EXPECT_TRUE(wait_for_index(again));
  expect_index_agrees(again);
}

TEST_F(Rows, AFeedIsResumedFromEveryCursorAfterARestart) {
  ASSERT_TRUE(put(1, 1));
  std::vector<FeedItem> items;
  {
    const auto feed = listen();
    Random random(2);
    for (int i = 0; i < 40; ++i) {
      const auto a = static_cast<std::int64_t>(random.below(6));
      ASSERT_TRUE(put(static_cast<std::int64_t>(random.below(5)), a == 0 ? kErase : a));
    }
    ASSERT_TRUE(poll_all(*feed, items));
  }
  ASSERT_GT(items.size(), 15U);
  restart();
  ASSERT_TRUE(put(77, 77));
  for (std::size_t i = 0; i < items.size(); i += 3) {
    const auto feed = listen({.resume_after = items[i].cursor});
    std::vector<FeedItem> rest;
    ASSERT_TRUE(poll_all(*feed, rest));
    ASSERT_EQ(rest.size(), items.size() - i) << "those after it, and the one after the restart";
    for (std::size_t k = i + 1; k < items.size(); ++k) {
      EXPECT_EQ(text(rest[k - i - 1]), text(items[k]));
    }
    EXPECT_EQ(text(rest.back()), R"(- > {"id":77,"a":77})");
  }
}

TEST_F(Rows, AFeedBesideWritersMissesAndRepeatsNothing) {
  constexpr std::int64_t kWriters = 3;
  std::atomic<std::int64_t> running = kWriters;
  std::vector<std::thread> writers;
  for (std::int64_t w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      Random random(static_cast<std::uint64_t>(w));
      for (int i = 0; i < 300; ++i) {
        const auto a = static_cast<std::int64_t>(random.below(100));
        const auto id = static_cast<std::int64_t>(random.below(20));
        EXPECT_TRUE(put(id, a < 20 ? kErase : a));
      }
      --running;
    });
  }
  // Feeds that start at any time while writers work.
  std::vector<std::pair<stream::SubscriptionPtr, std::map<std::string, int>>> feeds;
  const auto read = [&](stream::Subscription& feed, std::map<std::string, int>& bag) {
    std::vector<FeedItem> items;
    ASSERT_TRUE(poll_all(feed, items));
    for (const FeedItem& item : items) {
      if (item.old_value) {
        const auto at = bag.find(value::to_json(*item.old_value));
        ASSERT_NE(at, bag.end()) << text(item);
        if (--at->second == 0) bag.erase(at);
      }
      if (item.new_value) ++bag[value::to_json(*item.new_value)];
    }
  };
  while (running > 0) {
    if (feeds.size() < 50) {
      feeds.emplace_back(listen({.include_initial = true}), std::map<std::string, int>());
    }
    for (auto& [feed, bag] : feeds) read(*feed, bag);
  }
  for (std::thread& writer : writers) writer.join();
  std::map<std::string, int> expected;
  exec::QueryContext context(catalog::kAdminName);
  const auto query = engine_->query(all(), context);
  ASSERT_TRUE(query);
  exec::Rows now;
  ASSERT_TRUE((*query)->next(1000, now));
  for (const Value& row : now) ++expected[value::to_json(row)];
  for (auto& [feed, bag] : feeds) {
    read(*feed, bag);
    EXPECT_EQ(bag, expected);
  }
}

TEST_F(Rows, DroppingATableEndsItsFeedsAndRefusesItsWrites) {
  ASSERT_TRUE(put(1, 1));
  const auto feed = listen();
  ASSERT_TRUE(put(1, 2));
  std::atomic<int> woken = 0;
  std::vector<FeedItem> items;
  ASSERT_TRUE(poll_all(*feed, items));
  feed->wait([&] { ++woken; });
  define([&](const catalog::CatalogState& state) { return catalog::drop_table(state, table_); });
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(poll_all(*feed, items).error().code, Code::not_found);
  EXPECT_EQ(put(1, 3).error().code, Code::not_found);
  exec::QueryContext context(catalog::kAdminName);
  EXPECT_EQ(engine_->get(table_, number(1), context).error().code, Code::not_found);
  EXPECT_EQ(engine_->subscribe(stream::FeedKind::range, all(), {}, admin_).error().code,
            Code::not_found);
}

TEST_F(Rows, ClosingEndsFeedsAndAnswersWhoWaits) {
  const auto feed = listen();
  bool woken = false;
  feed->wait([&] { woken = true; });
  ASSERT_TRUE(engine_->close());
  EXPECT_TRUE(woken);
  std::vector<FeedItem> items;
  EXPECT_EQ(poll_all(*feed, items).error().code, Code::unavailable);
  const auto late = engine_->subscribe(stream::FeedKind::range, all(), {}, admin_);
  ASSERT_FALSE(late) << "a feed that nothing would ever end";
  EXPECT_EQ(late.error().code, Code::unavailable);
  const Status refused = put(1, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
}

// Records come back from another thread, later: as from a log that other machines share.
class RowsOverALateLog : public Rows {
 protected:
  Options options() override {
    Options options = Rows::options();
    options.log_delay = std::chrono::milliseconds(1);
    return options;
  }
};

TEST_F(RowsOverALateLog, WritersAnIndexAFeedAndARestart) {
  constexpr std::int64_t kWriters = 4;
  constexpr std::int64_t kWrites = 60;
  std::vector<FeedItem> items;
  IndexId index{};
  {
    const auto feed = listen();
    std::vector<std::thread> writers;
    for (std::int64_t writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        for (std::int64_t i = 0; i < kWrites; ++i) EXPECT_TRUE(put(writer * kWrites + i, i % 7));
      });
    }
    index = add_index("i");
    EXPECT_TRUE(wait_for_index(index));
    for (std::thread& writer : writers) writer.join();
    EXPECT_TRUE(poll_all(*feed, items));
  }
  const auto changes = std::ranges::count(items, FeedItem::Kind::change, &FeedItem::kind);
  EXPECT_EQ(changes, kWriters * kWrites);
  expect_index_agrees(index);
  restart();
  EXPECT_EQ(rows(all()).size(), std::size_t{kWriters * kWrites});
  expect_index_agrees(index);
  EXPECT_TRUE(put(0, kErase));
  expect_index_agrees(index);
}

}  // namespace
}  // namespace octavo::engine
