// Feeds of the first n rows: applying their items one after the other, by offset, gives what the
// query gives.

#include "stream/limit_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "stream/test_support.h"

namespace octavo::stream {
namespace {

using namespace testing_support;
using namespace index::testing_support;
using algebra::Direction;
using algebra::make_plan;
using algebra::PlanPtr;
using algebra::Scan;
using value::Value;
using Kind = FeedItem::Kind;

// What a client shows: a list that each item takes a row out of, and puts one into.
class Screen {
 public:
  void apply(const FeedItem& item) {
    if (item.kind != Kind::change && item.kind != Kind::initial) return;
    ASSERT_EQ(item.old_value.has_value(), item.old_offset.has_value());
    ASSERT_EQ(item.new_value.has_value(), item.new_offset.has_value());
    if (item.old_value) {
      ASSERT_LT(*item.old_offset, rows_.size());
      const auto at = rows_.begin() + static_cast<std::ptrdiff_t>(*item.old_offset);
      ASSERT_EQ(value::to_json(*at), value::to_json(*item.old_value));
      rows_.erase(at);
    }
    if (item.new_value) {
      ASSERT_LE(*item.new_offset, rows_.size());
      rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(*item.new_offset), *item.new_value);
    }
  }
  std::string text() const { return value::to_json(Value::array(rows_)); }

 private:
  exec::Rows rows_;
};

struct ById {
  bool operator()(const Value& a, const Value& b) const { return value::compare(a, b) < 0; }
};

// What a client shows that goes by primary keys and not by offsets.
class Cards {
 public:
  void apply(const FeedItem& item) {
    if (item.old_value) rows_.erase(*item.old_value->find("id"));
    if (item.new_value) rows_.insert_or_assign(*item.new_value->find("id"), *item.new_value);
  }
  std::string text() const {
    std::vector<Value> out;
    for (const auto& [id, row] : rows_) out.push_back(row);
    return value::to_json(Value::array(std::move(out)));
  }
  static std::string text_of(const exec::Rows& rows) {
    Cards cards;
    for (const Value& row : rows) cards.rows_.insert_or_assign(*row.find("id"), row);
    return cards.text();
  }

 private:
  std::map<Value, Value, ById> rows_;
};

class LimitFeedTest : public testing::Test {
 protected:
  LimitFeedTest() {
    a_ = feeds_->store.add_index(table_, "a", field("a"));
    tags_ = feeds_->store.add_index(table_, "tags", field("tags"), true);
    feeds_->store.mark_ready(table_);
  }

  PlanPtr first(std::uint64_t count, std::optional<IndexId> index,
                Direction order = Direction::ascending, bool filtered = false) const {
    PlanPtr rows = make_plan(Scan{.table = table_, .index = index, .order = order});
    if (filtered) rows = make_plan(algebra::Filter{rows, field("shown")});
    return make_plan(algebra::Limit{rows, 0, count});
  }
  SubscriptionPtr listen(const PlanPtr& plan, FeedOptions options = {.include_initial = true}) {
    auto feed = subscribe(FeedKind::limit, plan, std::move(options), feeds_);
    EXPECT_TRUE(feed) << feed.error().what;
    return feed ? *std::move(feed) : nullptr;
  }
  std::vector<FeedItem> heard(Subscription& feed, std::size_t batch = 100) {
    std::vector<FeedItem> out;
    const Status status = poll_all(feed, out, batch);
    EXPECT_TRUE(status) << status.error().what;
    return out;
  }
  std::string now(const PlanPtr& plan) { return value::to_json(Value::array(feeds_->query(plan))); }

  void write(Random& random, std::uint64_t ids = 12) {
    std::vector<RowWrite> writes;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const Value id = number(static_cast<std::int64_t>(random.below(ids)));
      value::ObjectBuilder row;
      row.set("id", id);
      if (random.below(5) != 0) row.set("a", number(static_cast<std::int64_t>(random.below(6))));
      row.set("shown", Value::boolean(random.below(3) != 0));
      std::vector<Value> tags;
      for (std::uint64_t k = random.below(4); k > 0; --k) {
        tags.push_back(number(static_cast<std::int64_t>(random.below(9))));
      }
      row.set("tags", Value::array(std::move(tags)));
      writes.push_back(
          {id, random.below(3) == 0 ? std::nullopt : std::optional(std::move(row).build())});
    }
    feeds_->store.write(table_, writes);
  }
  void put(std::int64_t id, std::int64_t a) {
    feeds_->store.put(table_, Value::object({{"id", number(id)}, {"a", number(a)}}));
  }
  std::vector<PlanPtr> plans() const {
    std::vector<PlanPtr> out;
    for (const std::uint64_t count : {1U, 3U, 7U}) {
      for (const auto order : {Direction::ascending, Direction::descending}) {
        for (const bool filtered : {false, true}) {
          for (const auto index :
               {std::optional<IndexId>(), std::optional(a_), std::optional(tags_)}) {
            out.push_back(first(count, index, order, filtered));
          }
        }
      }
    }
    return out;
  }

  std::shared_ptr<TestFeeds> feeds_ = std::make_shared<TestFeeds>();
  TableId table_ = feeds_->store.add_table("t");
  IndexId a_{};
  IndexId tags_{};
};

TEST_F(LimitFeedTest, ReplayingAFeedGivesTheFirstRows) {
  for (const bool squash : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Random random(seed);
      for (int i = 0; i < 6; ++i) write(random);
      const auto followed = plans();
      std::vector<SubscriptionPtr> listening;
      std::vector<Screen> screens(followed.size());
      for (const PlanPtr& plan : followed) {
        listening.push_back(listen(plan, {.include_initial = true, .squash = squash}));
      }
      for (int step = 0; step < 50; ++step) {
        for (std::size_t i = 0; i < followed.size(); ++i) {
          if (random.below(3) == 0) continue;  // this one reads later
          for (const FeedItem& item : heard(*listening[i], 1 + random.below(4))) {
            screens[i].apply(item);
            if (HasFatalFailure()) FAIL() << "seed " << seed << ", plan " << i;
          }
          ASSERT_EQ(screens[i].text(), now(followed[i]))
              << "seed " << seed << ", step " << step << ", plan " << i << ", squash " << squash;
        }
        write(random);
      }
    }
  }
}

// Of a multi index a row may be there more than once, and leave once: that needs offsets.
TEST_F(LimitFeedTest, AClientMayGoByPrimaryKeys) {
  for (const bool squash : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Random random(seed);
      const PlanPtr plan = first(1 + random.below(6), a_, Direction::ascending, seed % 2 == 0);
      for (int i = 0; i < 6; ++i) write(random);
      const std::uint64_t queue_limit = random.below(2) == 0 ? 3 : 1000;
      auto feed =
          listen(plan, {.include_initial = true, .squash = squash, .queue_limit = queue_limit});
      Cards cards;
      Cursor cursor;
      for (int step = 0; step < 40; ++step) {
        for (const FeedItem& item : heard(*feed, 1 + random.below(4))) {
          cards.apply(item);
          cursor = item.cursor;
        }
        ASSERT_EQ(cards.text(), Cards::text_of(feeds_->query(plan)))
            << "seed " << seed << ", step " << step << ", squash " << squash;
        for (std::uint64_t n = random.below(6); n > 0; --n) write(random);
        if (random.below(8) == 0 && !cursor.at.parts.empty()) {
          feed = listen(plan, {.squash = squash, .resume_after = cursor});
        }
      }
    }
  }
}

TEST_F(LimitFeedTest, RowsThatChangePlacesAreItemsOfTheirOwn) {
  put(1, 1);
  put(2, 2);
  const auto feed = listen(first(2, a_), {.squash = true});
  EXPECT_TRUE(heard(*feed).empty());
  put(1, 4);
  put(2, 3);
  const auto items = heard(*feed);
  ASSERT_EQ(items.size(), 2U);
  for (const FeedItem& item : items) {
    EXPECT_EQ(*item.old_value->find("id"), *item.new_value->find("id"));
  }
}

TEST_F(LimitFeedTest, RowsWithManyKeysDoNotCrowdOutOthers) {
  // Row 0 is there three hundred times, far behind the others.
  std::vector<Value> many;
  for (std::int64_t i = 0; i < 300; ++i) many.push_back(number(1000 + i));
  many.push_back(number(0));
  feeds_->store.put(table_, Value::object({{"id", number(0)}, {"tags", Value::array(many)}}));
  std::vector<RowWrite> writes;
  for (std::int64_t id = 1; id <= 400; ++id) {
    writes.push_back(
        {number(id), Value::object({{"id", number(id)}, {"tags", Value::array({number(id)})}})});
  }
  feeds_->store.write(table_, writes);
  const PlanPtr plan = first(300, tags_);
  const auto feed = listen(plan);
  Screen screen;
  for (const FeedItem& item : heard(*feed)) screen.apply(item);
  EXPECT_EQ(screen.text(), now(plan));
}

TEST_F(LimitFeedTest, ARowThatIsPushedOutLeavesInTheSameItem) {
  put(1, 10);
  put(2, 20);
  const auto feed = listen(first(2, a_));
  EXPECT_EQ(heard(*feed).size(), 2U);
  put(3, 15);
  put(4, 99);  // beyond the end
  feeds_->store.erase(table_, number(1));
  const auto items = heard(*feed);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].old_value->find("id")->as_int64(), 2);
  EXPECT_EQ(items[0].new_value->find("id")->as_int64(), 3);
  EXPECT_EQ(items[0].old_offset, 1U);
  EXPECT_EQ(items[0].new_offset, 1U);
  EXPECT_EQ(items[1].old_value->find("id")->as_int64(), 1);
  EXPECT_EQ(items[1].new_value->find("id")->as_int64(), 2) << "it comes back from outside";
}

TEST_F(LimitFeedTest, CommitsWhileAFeedStartsOrReadsAreToldOnce) {
  for (int at = 0; at < 12; ++at) {
    feeds_ = std::make_shared<TestFeeds>();
    table_ = feeds_->store.add_table("t");
    a_ = feeds_->store.add_index(table_, "a", field("a"));
    feeds_->store.mark_ready(table_);
    for (std::int64_t id = 0; id < 5; ++id) put(id, id * 10);
    int opportunity = 0;
    bool inside = false;
    feeds_->between = [&] {
      if (std::exchange(inside, true)) return;
      if (opportunity == at) put(9, 5);
      if (opportunity == at + 1) feeds_->store.erase(table_, number(0));
      ++opportunity;
      inside = false;
    };
    const PlanPtr plan = first(3, a_);
    const auto feed = listen(plan);
    Screen screen;
    while (opportunity < at + 3) {
      for (const FeedItem& item : heard(*feed, 1)) screen.apply(item);
      feeds_->store.erase(table_, number(1));
      put(1, 10);
      feeds_->between();
    }
    for (const FeedItem& item : heard(*feed)) screen.apply(item);
    feeds_->between = nullptr;
    ASSERT_EQ(screen.text(), now(plan)) << at;
  }
}

TEST_F(LimitFeedTest, AnOverflowIsMadeGoodByReadingAgain) {
  const PlanPtr plan = first(3, a_);
  const auto feed = listen(plan, {.include_initial = true, .queue_limit = 5});
  Screen screen;
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    for (std::uint64_t n = random.below(12); n > 0; --n) write(random);
    for (const FeedItem& item : heard(*feed)) {
      EXPECT_NE(item.kind, Kind::overflow);
      screen.apply(item);
    }
    ASSERT_EQ(screen.text(), now(plan));
  }
}

TEST_F(LimitFeedTest, ResumingFromAnyCursorEndsUpWithTheFirstRows) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    for (const PlanPtr& plan : {first(3, a_), first(4, tags_, Direction::descending, true)}) {
      for (int i = 0; i < 6; ++i) write(random);
      const auto feed = listen(plan);
      Screen screen;
      std::vector<std::pair<Cursor, Screen>> known;
      for (int step = 0; step < 12; ++step) {
        const auto items = heard(*feed, 2);
        for (const FeedItem& item : items) screen.apply(item);
        // In between the items of one difference a client is told to come back to its start.
        if (!items.empty()) known.emplace_back(items.back().cursor, screen);
        write(random);
      }
      for (const auto& [cursor, then] : known) {
        Screen resumed = then;
        const auto again = listen(plan, {.resume_after = cursor});
        for (const FeedItem& item : heard(*again, 1)) resumed.apply(item);
        ASSERT_EQ(resumed.text(), now(plan)) << "seed " << seed;
      }
    }
  }
}

// A commit is in the rows, and on live feeds, a moment before the log tells it to its readers.
TEST_F(LimitFeedTest, AResumedFeedWaitsForTheLogToTellWhatTheRowsHave) {
  for (const bool squash : {false, true}) {
    const PlanPtr plan = first(3, a_);
    put(1, 10);
    put(2, 20);
    feeds_->store.erase(table_, number(3));
    Screen screen;
    const auto items = heard(*listen(plan));
    for (const FeedItem& item : items) screen.apply(item);
    const auto other = listen(plan);  // so that the commits are published
    feeds_->hold_log();
    put(3, 5);
    put(1, 30);
    const auto resumed = listen(plan, {.squash = squash, .resume_after = items.back().cursor});
    EXPECT_TRUE(heard(*resumed).empty());
    int woken = 0;
    if (squash) {
      EXPECT_EQ(resumed->gather([&] { ++woken; }), 0U);
    } else {
      resumed->wait([&] { ++woken; });
    }
    EXPECT_EQ(woken, 0);
    feeds_->release_log();
    EXPECT_EQ(woken, 1);
    put(2, 1);
    for (const FeedItem& item : heard(*resumed)) screen.apply(item);
    EXPECT_EQ(screen.text(), now(plan));
  }
}

TEST_F(LimitFeedTest, AFeedThatWaitsForTheLogEndsWithItsTable) {
  put(1, 10);
  const Cursor cursor = heard(*listen(first(3, a_))).back().cursor;
  feeds_->hold_log();
  put(2, 20);
  for (const bool squash : {false, true}) {
    const auto resumed = listen(first(3, a_), {.squash = squash, .resume_after = cursor});
    EXPECT_TRUE(heard(*resumed).empty());
    feeds_->hub.close(table_, {Code::not_found, "dropped"});
    if (squash) EXPECT_EQ(resumed->gather([] {}), SIZE_MAX);
    std::vector<FeedItem> out;
    EXPECT_EQ(resumed->poll(1, out).error().what, "dropped");
  }
}

TEST_F(LimitFeedTest, WhatAResumedFeedHasToHoldIsLimited) {
  put(0, 0);
  const PlanPtr plan = first(3, a_);
  const Cursor cursor = heard(*listen(plan)).back().cursor;
  for (std::int64_t id = 1; id <= 100; ++id) put(id, id);
  // A row that changes again and again is held once.
  for (std::int64_t n = 0; n < 1000; ++n) put(1, n);
  MemoryPool pool("memory", kMiB);
  const auto resume_with = [&](std::size_t bytes) {
    value::Account account(pool, bytes);
    const auto feed =
        subscribe(FeedKind::limit, plan, {.resume_after = cursor, .account = &account}, feeds_);
    return feed ? Status() : fail(feed.error());
  };
  constexpr std::size_t kReader = 32 * kKiB;  // what the scan of the present rows is charged with
  EXPECT_TRUE(resume_with(kReader + 100 * 400));
  const Status refused = resume_with(kReader + 100 * 90);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::resource_exhausted);
}

TEST_F(LimitFeedTest, OnlyTheLastInitialRowHasACursor) {
  for (int i = 1; i <= 3; ++i) put(i, i);
  const auto feed = listen(first(3, a_), {.include_initial = true});
  const auto items = heard(*feed, 1);
  ASSERT_EQ(items.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(items[i].cursor.at.parts.empty(), i < 2) << i;
}

TEST_F(LimitFeedTest, SquashingHoldsBackAndTellsTheDifference) {
  put(1, 10);
  put(2, 20);
  const PlanPtr plan = first(2, a_);
  const auto feed = listen(plan, {.squash = true});
  int woken = 0;
  EXPECT_EQ(feed->gather([&] { ++woken; }), 0U);
  put(3, 5);
  EXPECT_EQ(woken, 1);
  EXPECT_GT(feed->gather([] {}), 0U);
  put(3, 6);
  put(1, 4);
  EXPECT_GT(feed->gather([] {}), 0U);
  const auto items = heard(*feed);
  ASSERT_EQ(items.size(), 2U) << "row 1 changed, row 3 pushed row 2 out";
  put(1, 3);
  put(1, 4);
  EXPECT_TRUE(heard(*feed).empty()) << "it came back to where it was";
  put(7, 1);
  feeds_->hub.close(table_, {Code::not_found, "dropped"});
  EXPECT_EQ(feed->gather([] {}), SIZE_MAX);
  std::vector<FeedItem> last;
  const Status end = poll_all(*feed, last);
  EXPECT_EQ(last.size(), 1U) << "what was committed before comes first";
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().what, "dropped");
}

TEST_F(LimitFeedTest, NothingIsTheFirstNoRows) {
  const auto feed = listen(first(0, a_));
  put(1, 1);
  put(1, 2);
  EXPECT_TRUE(heard(*feed).empty());
}

TEST_F(LimitFeedTest, ATableThatGoesWhileItsFeedStartsEndsIt) {
  const PlanPtr plan = first(2, a_);
  int opportunity = 0;
  feeds_->between = [&] {
    if (opportunity++ != 1) return;
    feeds_->store.drop_table(table_);
    feeds_->hub.close(table_, {Code::not_found, "dropped"});
  };
  auto feed = subscribe(FeedKind::limit, plan, {}, feeds_);
  EXPECT_FALSE(feed);
  EXPECT_EQ(subscribe(FeedKind::limit, plan, {}, feeds_).error().code, Code::not_found);
}

TEST_F(LimitFeedTest, PlansThatCannotBeFollowedAreRefused) {
  EXPECT_EQ(subscribe(FeedKind::limit, make_plan(algebra::Limit{first(2, a_), 0, 3}), {}, feeds_)
                .error()
                .code,
            Code::unsupported);
  EXPECT_EQ(
      subscribe(FeedKind::limit, make_plan(algebra::Map{first(2, a_), field("a")}), {}, feeds_)
          .error()
          .code,
      Code::unsupported);
}

}  // namespace
}  // namespace octavo::stream
