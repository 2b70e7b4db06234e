// Feeds of rows: replaying what they say gives what the query gives, whatever comes in between,
// and from whichever cursor they are resumed.

#include "stream/range_feed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/random.h"
#include "stream/test_support.h"

namespace octavo::stream {
namespace {

using namespace testing_support;
using namespace index::testing_support;
using algebra::make_plan;
using algebra::PlanPtr;
using algebra::Scan;
using value::Value;
using Kind = FeedItem::Kind;

struct Less {
  bool operator()(const Value& a, const Value& b) const { return value::compare(a, b) < 0; }
};

// A result as feeds see it: rows, each as often as it is there.
class Bag {
 public:
  explicit Bag(const exec::Rows& rows = {}) {
    for (const Value& row : rows) ++counts_[row];
  }
  // An old value that is not there fails the test.
  void apply(const FeedItem& item) {
    if (item.old_value) {
      const auto at = counts_.find(*item.old_value);
      ASSERT_NE(at, counts_.end()) << "not there: " << value::to_json(*item.old_value);
      if (--at->second == 0) counts_.erase(at);
    }
    if (item.new_value) ++counts_[*item.new_value];
  }
  std::string text() const {
    std::string out;
    for (const auto& [row, count] : counts_) {
      out += std::to_string(count) + " " + value::to_json(row) + "\n";
    }
    return out;
  }

 private:
  std::map<Value, int, Less> counts_;
};

class RangeFeedTest : public testing::Test {
 protected:
  RangeFeedTest() {
    a_ = feeds_->store.add_index(table_, "a", field("a"));
    tags_ = feeds_->store.add_index(table_, "tags", field("tags"), true);
    feeds_->store.mark_ready(table_);
  }

  PlanPtr scan(std::optional<IndexId> index = {},
               std::variant<algebra::KeyRange, algebra::KeySet> keys = algebra::KeyRange{}) const {
    return make_plan(Scan{.table = table_, .index = index, .keys = std::move(keys), .order = {}});
  }
  static algebra::KeyRange from_to(std::int64_t low, std::int64_t high) {
    return {.lower = {number(low), true}, .upper = {number(high), false}};
  }
  SubscriptionPtr listen(const PlanPtr& plan, FeedOptions options = {},
                         FeedKind kind = FeedKind::range) {
    auto feed = subscribe(kind, plan, std::move(options), feeds_);
    EXPECT_TRUE(feed) << feed.error().what;
    return feed ? *std::move(feed) : nullptr;
  }
  std::vector<FeedItem> heard(Subscription& feed, std::size_t batch = 100) {
    std::vector<FeedItem> out;
    const Status status = poll_all(feed, out, batch);
    EXPECT_TRUE(status) << status.error().what;
    return out;
  }
  static std::string text(const FeedItem& item) {
    const auto side = [](const std::optional<Value>& value) {
      return value ? value::to_json(*value) : "-";
    };
    const auto* kind = item.kind == Kind::change         ? ""
                       : item.kind == Kind::initial      ? "initial "
                       : item.kind == Kind::ready        ? "ready "
                       : item.kind == Kind::initializing ? "initializing "
                                                         : "overflow ";
    return kind + side(item.old_value) + " > " + side(item.new_value);
  }
  static std::vector<std::string> texts(const std::vector<FeedItem>& items) {
    std::vector<std::string> out;
    for (const FeedItem& item : items) out.push_back(text(item));
    return out;
  }

  static std::optional<Value> random_row(Random& random, const Value& id) {
    if (random.below(4) == 0) return std::nullopt;
    value::ObjectBuilder row;
    row.set("id", id);
    if (random.below(6) != 0) row.set("a", number(static_cast<std::int64_t>(random.below(5))));
    row.set("shown", number(static_cast<std::int64_t>(random.below(2))));
    std::vector<Value> tags;
    for (std::uint64_t n = random.below(4); n > 0; --n) {
      tags.push_back(number(static_cast<std::int64_t>(random.below(4))));
    }
    row.set("tags", Value::array(std::move(tags)));
    return std::move(row).build();
  }
  // One record of one to three changes.
  void write(Random& random) {
    std::vector<RowWrite> writes;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const Value id = number(static_cast<std::int64_t>(random.below(8)));
      writes.push_back({id, random_row(random, id)});
    }
    feeds_->store.write(table_, writes);
  }
  void put(std::int64_t id, std::int64_t a) {
    feeds_->store.put(table_, Value::object({{"id", number(id)}, {"a", number(a)}}));
  }

  std::vector<PlanPtr> plans() const {
    const auto small =
        of_row(term(kDefault, {term(kGreater, {algebra::constant(number(3)), field_of_row("a")}),
                               algebra::constant(Value::boolean(false))}));
    return {
        scan(),
        scan({}, from_to(2, 6)),
        scan(a_, from_to(1, 4)),
        scan(tags_, algebra::KeyRange{}),
        scan(tags_, algebra::KeySet{{number(1), number(2), number(1)}}),
        make_plan(algebra::Filter{scan(), small}),
        make_plan(algebra::Map{make_plan(algebra::Filter{scan(a_), small}), field("shown")}),
        make_plan(algebra::Map{scan(tags_), field("shown")}),
    };
  }

  std::shared_ptr<TestFeeds> feeds_ = std::make_shared<TestFeeds>();
  TableId table_ = feeds_->store.add_table("t");
  IndexId a_{};
  IndexId tags_{};
};

TEST_F(RangeFeedTest, ReplayingAFeedGivesTheResultOfItsQuery) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    for (int i = 0; i < 5; ++i) write(random);
    std::vector<SubscriptionPtr> listening;
    std::vector<Bag> bags(plans().size());
    for (const PlanPtr& plan : plans()) {
      listening.push_back(listen(plan, {.include_initial = true}));
    }
    for (int step = 0; step < 60; ++step) {
      for (std::size_t i = 0; i < listening.size(); ++i) {
        if (random.below(3) == 0) continue;  // this one reads later
        for (const FeedItem& item : heard(*listening[i], 1 + random.below(4))) bags[i].apply(item);
        ASSERT_EQ(bags[i].text(), Bag(feeds_->query(plans()[i])).text())
            << "seed " << seed << ", step " << step << ", plan " << i;
      }
      write(random);
    }
  }
}

TEST_F(RangeFeedTest, InitialRowsAndChangesAreToldOnceWhereverCommitsComeIn) {
  // A commit at the n-th opportunity while the feed starts, reads its rows, or both.
  for (int first = 0; first < 8; ++first) {
    for (int second = first; second < 8; ++second) {
      auto fresh = std::make_shared<TestFeeds>();
      const TableId table = fresh->store.add_table("t");
      const PlanPtr all = make_plan(Scan{.table = table, .index = {}, .order = {}});
      std::int64_t version = 0;
      const auto change_one = [&] {
        for (const std::int64_t id : {1, 2}) {
          fresh->store.put(table, Value::object({{"id", number(id)}, {"v", number(++version)}}));
        }
      };
      change_one();
      fresh->store.put(table, json(R"({"id":3})"));
      int opportunity = 0;
      bool inside = false;
      fresh->between = [&] {
        if (std::exchange(inside, true)) return;
        if (opportunity == first || opportunity == second) change_one();
        ++opportunity;
        inside = false;
      };
      auto feed = subscribe(FeedKind::range, all, {.include_initial = true}, fresh);
      ASSERT_TRUE(feed);
      Bag bag;
      std::vector<FeedItem> items;
      for (;;) {
        fresh->between();
        items.clear();
        ASSERT_TRUE((*feed)->poll(1, items));
        if (items.empty() && opportunity > 8) break;
        for (const FeedItem& item : items) bag.apply(item);
      }
      ASSERT_EQ(bag.text(), Bag(fresh->query(all)).text()) << first << " and " << second;
    }
  }
}

// The same rule for initial rows and for changes, whatever the stage.
TEST_F(RangeFeedTest, ARowOnWhichAStageFailsIsNotInTheFeed) {
  const auto text = [](std::int64_t id) {
    return Value::object({{"id", number(id)}, {"a", Value::string("not a number")}});
  };
  const auto sum = of_row(term(kAdd, {field_of_row("a"), algebra::constant(number(1))}));
  constexpr std::uint16_t kError = 12;
  constexpr std::uint16_t kEqual = 17;
  constexpr std::uint16_t kBranch = 65;
  const auto yes = algebra::constant(Value::boolean(true));
  const auto raises =
      of_row(term(kBranch, {term(kEqual, {field_of_row("a"), algebra::constant(number(1))}),
                            term(kError, {algebra::constant(Value::string("no"))}), yes}));
  const std::vector<std::pair<PlanPtr, std::size_t>> plans = {
      {make_plan(algebra::Map{scan(), field("a")}), 3},  // rows that are in it, of the four
      {make_plan(algebra::Map{scan(), sum}), 2},
      {make_plan(algebra::Filter{scan(), raises}), 2},
      {make_plan(algebra::Filter{make_plan(algebra::Map{scan(), sum}), of_row(yes)}), 2},
  };
  put(1, 1);
  put(2, 2);
  feeds_->store.put(table_, text(3));
  feeds_->store.put(table_, Value::object({{"id", number(4)}}));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const bool squash : {false, true}) {
      SCOPED_TRACE(i);
      const auto& [plan, rows] = plans[i];
      const auto feed = listen(plan, {.include_initial = true, .squash = squash});
      const auto initial = heard(*feed);
      EXPECT_EQ(initial.size(), rows);
      // Row after row becomes one that fails, and comes back.
      Bag bag;
      for (const FeedItem& item : initial) bag.apply(item);
      const std::string before = bag.text();
      for (std::int64_t id = 1; id <= 4; ++id) {
        const auto row = feeds_->query(scan({}, from_to(id, id + 1))).front();
        feeds_->store.put(table_, text(id));
        feeds_->store.put(table_, Value::object({{"id", number(id)}}));
        for (const FeedItem& item : heard(*feed)) bag.apply(item);
        feeds_->store.put(table_, row);
        for (const FeedItem& item : heard(*feed)) bag.apply(item);
      }
      EXPECT_EQ(bag.text(), before);
    }
  }
}

TEST_F(RangeFeedTest, AStopEndsInitialRowsThatNoFilterLetsThrough) {
  put(1, 1);
  CancelSource cancel;
  cancel.cancel();
  const auto feed = listen(make_plan(algebra::Filter{scan(), field("no such field")}),
                           {.include_initial = true, .cancel = cancel.token()});
  std::vector<FeedItem> out;
  EXPECT_EQ(feed->poll(10, out).error().code, Code::cancelled);
}

TEST_F(RangeFeedTest, StatesFrameTheInitialRows) {
  put(1, 1);
  const auto feed = listen(scan(), {.include_initial = true, .include_states = true});
  EXPECT_EQ(texts(heard(*feed, 1)),
            (std::vector<std::string>{"initializing - > -", R"(initial - > {"id":1,"a":1})",
                                      "ready - > -"}));
  const auto bare = listen(scan(), {.include_states = true});
  EXPECT_EQ(texts(heard(*bare)), (std::vector<std::string>{"ready - > -"}));
}

// Resuming among them would skip the rest of them.
TEST_F(RangeFeedTest, OnlyTheLastInitialRowHasACursor) {
  for (int i = 1; i <= 5; ++i) put(i, i);
  for (const std::size_t batch : {1U, 2U, 5U, 100U}) {
    const auto feed = listen(scan(), {.include_initial = true});
    const auto items = heard(*feed, batch);
    ASSERT_EQ(items.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(items[i].cursor.at.parts.empty(), i < 4) << i;
    put(9, 9);
    const auto resumed = listen(scan(), {.resume_after = items.back().cursor});
    EXPECT_EQ(texts(heard(*resumed)), (std::vector<std::string>{R"(- > {"id":9,"a":9})"}));
    feeds_->store.erase(table_, number(9));
  }
}

TEST_F(RangeFeedTest, APointSaysThatThereIsNoRow) {
  const PlanPtr five = scan({}, algebra::KeySet{{number(5)}});
  const auto feed = listen(five, {.include_initial = true}, FeedKind::point);
  EXPECT_EQ(texts(heard(*feed)), (std::vector<std::string>{"initial - > null"}));
  put(4, 1);
  put(5, 1);
  put(5, 1);
  put(5, 2);
  feeds_->store.erase(table_, number(5));
  EXPECT_EQ(texts(heard(*feed)),
            (std::vector<std::string>{R"(- > {"id":5,"a":1})", R"({"id":5,"a":1} > {"id":5,"a":2})",
                                      R"({"id":5,"a":2} > -)"}));
  put(5, 3);
  const auto late = listen(five, {.include_initial = true}, FeedKind::point);
  EXPECT_EQ(texts(heard(*late)), (std::vector<std::string>{R"(initial - > {"id":5,"a":3})"}));
}

TEST_F(RangeFeedTest, ResumingFromEveryCursorGivesTheRest) {
  Random random(3);
  for (const PlanPtr& plan : {scan(), scan({}, from_to(2, 6)), scan(a_, from_to(1, 4))}) {
    const auto feed = listen(plan);
    for (int i = 0; i < 30; ++i) write(random);
    const auto all = heard(*feed, 7);
    ASSERT_GT(all.size(), 20U);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto cursor = parse_cursor(format_cursor(all[i].cursor));
      ASSERT_TRUE(cursor);
      const auto resumed = listen(plan, {.resume_after = cursor});
      const auto rest = heard(*resumed, 1 + i % 5);
      const auto expected = texts({all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()});
      ASSERT_EQ(texts(rest), expected) << "after item " << i;
      ASSERT_TRUE(rest.empty() || rest.back().cursor == all.back().cursor);
    }
  }
}

TEST_F(RangeFeedTest, AResumedFeedGoesFromTheLogToTheLiveChangesWithoutAGap) {
  for (int commits_while_reading = 0; commits_while_reading < 12; ++commits_while_reading) {
    const auto first = listen(scan());
    put(1, commits_while_reading);
    const Cursor start = heard(*first).back().cursor;
    for (std::int64_t i = 0; i < 4; ++i) put(2, 100 * commits_while_reading + i);
    int left = commits_while_reading;
    bool inside = false;
    feeds_->between = [&] {
      if (inside || left == 0) return;
      inside = true;
      --left;
      put(3, 100 * commits_while_reading + left);
      inside = false;
    };
    const auto resumed = listen(scan(), {.resume_after = start});
    const auto rest = heard(*resumed, 2);
    feeds_->between = nullptr;
    ASSERT_EQ(texts(rest), texts(heard(*first))) << commits_while_reading;
  }
}

TEST_F(RangeFeedTest, ACursorThatIsTooOldOrOfAnotherLogIsRefused) {
  put(1, 1);
  const auto feed = listen(scan());
  put(1, 2);
  const Cursor cursor = heard(*feed).front().cursor;
  feeds_->trimmed_to = feeds_->store.sequencer().tip();
  feeds_->trimmed_to = Lsn::of(0, LsnOrder{raw(feeds_->trimmed_to.order()) + 1});
  EXPECT_EQ(subscribe(FeedKind::range, scan(), {.resume_after = cursor}, feeds_).error().code,
            Code::out_of_range);
  EXPECT_EQ(subscribe(FeedKind::range, scan(), {.resume_after = Cursor{}}, feeds_).error().code,
            Code::invalid_argument);
}

TEST_F(RangeFeedTest, AnOverflowTellsHowManyChangesWereDropped) {
  const auto feed = listen(scan(), {.queue_limit = 10});
  for (std::int64_t i = 0; i < 10; ++i) put(1, i);
  EXPECT_EQ(heard(*feed).size(), 10U) << "a full queue is no overflow";
  for (std::int64_t i = 0; i < 5; ++i) {
    feeds_->store.write(
        table_, {{number(2), json(R"({"id":2})")},
                 {number(3), json(R"({"id":3})")},
                 {number(4), i % 2 == 0 ? std::optional(json(R"({"id":4})")) : std::nullopt}});
  }
  std::vector<FeedItem> items = heard(*feed);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].kind, Kind::overflow);
  EXPECT_EQ(items[0].skipped, 11U) << "the eleventh emptied the queue, four came after it";
  EXPECT_EQ(text(items[1]), R"(- > {"id":4})") << "the others did not change";
  put(1, 77);
  auto after = heard(*feed);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].new_value->find("a")->as_int64(), 77);
  after.insert(after.begin(), items[1]);
  const auto resumed = listen(scan(), {.resume_after = items[0].cursor});
  EXPECT_EQ(texts(heard(*resumed)), texts(after)) << "what was dropped stays dropped";
}

TEST_F(RangeFeedTest, AnOverflowSparesTheRecordThatIsBeingRead) {
  const auto feed = listen(scan(), {.queue_limit = 4});
  feeds_->store.write(table_, {{number(1), json(R"({"id":1})")},
                               {number(2), json(R"({"id":2})")},
                               {number(3), json(R"({"id":3})")}});
  std::vector<FeedItem> items;
  ASSERT_TRUE(feed->poll(1, items));
  for (std::int64_t i = 0; i < 5; ++i) put(9, i);
  const auto rest = heard(*feed);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest[0].new_value->find("id")->as_int64(), 2) << "what was taken is not dropped";
  EXPECT_EQ(rest[2].skipped, 5U);
}

TEST_F(RangeFeedTest, WhatWasReadElsewhereIsNoOverflow) {
  const auto first = listen(scan());
  put(1, 0);
  const Cursor start = heard(*first).back().cursor;
  // Twenty commits while the log is read: the topic has them as well.
  int left = 20;
  bool inside = false;
  feeds_->between = [&] {
    if (inside || left == 0) return;
    inside = true;
    put(2, left--);
    inside = false;
  };
  const auto resumed = listen(scan(), {.queue_limit = 10, .resume_after = start});
  const auto rest = heard(*resumed);
  feeds_->between = nullptr;
  EXPECT_EQ(texts(rest), texts(heard(*first)));
  // And while rows are read: those before the snapshot are in the rows.
  left = 20;
  feeds_->between = [&] {
    while (left > 0) put(2, 1000 + left--);
  };
  const auto initial = listen(scan(), {.include_initial = true, .queue_limit = 10});
  feeds_->between = nullptr;
  Bag bag;
  for (const FeedItem& item : heard(*initial)) {
    EXPECT_NE(item.kind, Kind::overflow);
    bag.apply(item);
  }
  EXPECT_EQ(bag.text(), Bag(feeds_->query(scan())).text());
}

TEST_F(RangeFeedTest, AWaiterIsWokenWhenThereIsSomethingAndOnlyThen) {
  const auto feed = listen(scan());
  EXPECT_TRUE(heard(*feed).empty());
  int woken = 0;
  feed->wait([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  feeds_->store.write(table_, {{number(1), json(R"({"id":1})")}, {number(2), json(R"({"id":2})")}});
  EXPECT_EQ(woken, 1);
  std::vector<FeedItem> items;
  ASSERT_TRUE(feed->poll(1, items));
  feed->wait([&] { ++woken; });
  EXPECT_EQ(woken, 2) << "the second change of the record is waiting";
  EXPECT_EQ(heard(*feed).size(), 1U);
  feed->wait([&] { ++woken; });
  EXPECT_EQ(woken, 2);

  const Cursor start = items.front().cursor;
  const auto resumed = listen(scan(), {.resume_after = start});
  resumed->wait([&] { ++woken; });
  EXPECT_EQ(woken, 3) << "the log has not been read yet";
}

// A commit is in the rows, and on live feeds, a moment before the log tells it to its readers.
TEST_F(RangeFeedTest, AResumedFeedWaitsForTheLogToTellWhatItsTopicDoesNotHave) {
  const auto feed = listen(scan());
  put(1, 1);
  const Cursor start = heard(*feed).back().cursor;
  feeds_->hold_log();
  put(1, 2);
  const auto resumed = listen(scan(), {.resume_after = start});
  put(1, 3);
  EXPECT_TRUE(heard(*resumed).empty()) << "what comes first is not known yet";
  int woken = 0;
  resumed->wait([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  feeds_->release_log();
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(texts(heard(*resumed)), texts(heard(*feed)));
}

TEST_F(RangeFeedTest, WhatTheTopicDroppedWhileTheLogWasReadIsWaitedFor) {
  const auto feed = listen(scan());
  put(0, 0);
  const Cursor start = heard(*feed).back().cursor;
  for (std::int64_t i = 1; i <= 5; ++i) put(i, i);
  const auto resumed = listen(scan(), {.queue_limit = 10, .resume_after = start});
  std::vector<FeedItem> rest;
  ASSERT_TRUE(resumed->poll(1, rest));  // among those of the log
  for (std::int64_t i = 6; i <= 20; ++i) put(i, i);
  feeds_->hold_log();
  for (std::int64_t i = 21; i <= 30; ++i) put(i, i);
  for (FeedItem& item : heard(*resumed)) rest.push_back(std::move(item));
  feeds_->release_log();
  for (FeedItem& item : heard(*resumed)) rest.push_back(std::move(item));
  EXPECT_EQ(texts(rest), texts(heard(*feed)));
}

TEST_F(RangeFeedTest, AClosedTableEndsItsFeedsAfterWhatWasCommitted) {
  const auto feed = listen(scan());
  EXPECT_TRUE(heard(*feed).empty());
  bool woken = false;
  feed->wait([&] { woken = true; });
  feeds_->hub.close(table_, {Code::not_found, "The table was dropped."});
  EXPECT_TRUE(woken);
  std::vector<FeedItem> items;
  const Status end = feed->poll(10, items);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().what, "The table was dropped.");

  feeds_ = std::make_shared<TestFeeds>();
  table_ = feeds_->store.add_table("t");
  const auto another = listen(scan());
  put(1, 1);
  feeds_->store.drop_table(table_);
  feeds_->hub.close_all({Code::unavailable, "stopping"});
  const Status stopped = poll_all(*another, items);
  EXPECT_EQ(items.size(), 1U) << "the change from before comes first";
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::unavailable);
  EXPECT_EQ(subscribe(FeedKind::range, scan(), {}, feeds_).error().code, Code::not_found);
}

// The last change and the end may both come between a feed's look for more and its question why
// there is none.
TEST_F(RangeFeedTest, WhatComesTogetherWithTheEndIsToldBeforeIt) {
  const auto other = listen(scan());
  put(1, 1);
  const Cursor start = heard(*other).back().cursor;
  feeds_->hold_log();
  put(1, 2);
  const auto expected = texts(heard(*other));
  const auto feed = listen(scan(), {.resume_after = start});
  int looks = 0;
  feeds_->between = [&] {
    if (++looks == 1) feeds_->hub.close(table_, {Code::not_found, "dropped"});
    if (looks == 2) feeds_->release_log();
  };
  std::vector<FeedItem> items;
  EXPECT_FALSE(poll_all(*feed, items));
  EXPECT_EQ(texts(items), expected);
}

TEST_F(RangeFeedTest, ATableThatGoesWhileItsFeedStartsEndsIt) {
  for (int at = 0; at < 4; ++at) {
    auto fresh = std::make_shared<TestFeeds>();
    const TableId table = fresh->store.add_table("t");
    const PlanPtr all = make_plan(Scan{.table = table, .index = {}, .order = {}});
    int opportunity = 0;
    fresh->between = [&] {
      if (opportunity++ != at) return;
      fresh->store.drop_table(table);
      fresh->hub.close(table, {Code::not_found, "dropped"});
    };
    auto feed = subscribe(FeedKind::range, all, {}, fresh);
    Status end = feed ? Status() : Status(fail(feed.error()));
    std::vector<FeedItem> items;
    if (feed) end = poll_all(**feed, items);
    ASSERT_FALSE(end) << "a feed of nothing that never ends, dropped at " << at;
    EXPECT_EQ(end.error().code, Code::not_found);
  }
}

TEST_F(RangeFeedTest, PlansThatCannotBeFollowedAreRefused) {
  EXPECT_EQ(
      subscribe(FeedKind::range, make_plan(algebra::Distinct{scan()}), {}, feeds_).error().code,
      Code::unsupported);
  EXPECT_EQ(
      subscribe(FeedKind::range, make_plan(algebra::Limit{scan(), 0, 3}), {}, feeds_).error().code,
      Code::unsupported);
  EXPECT_EQ(subscribe(FeedKind::range, scan(IndexId{999}), {}, feeds_).error().code,
            Code::not_found);
}

// --- Squashing ---

TEST_F(RangeFeedTest, SquashedFeedsReplayToTheSameResult) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const auto feed = listen(scan(), {.include_initial = true, .squash = true});
    Bag bag;
    for (int step = 0; step < 40; ++step) {
      for (std::uint64_t n = random.below(5); n > 0; --n) write(random);
      std::vector<FeedItem> items;
      ASSERT_TRUE(poll_all(*feed, items, 1 + random.below(30)));
      for (const FeedItem& item : items) bag.apply(item);
    }
    for (const FeedItem& item : heard(*feed)) bag.apply(item);
    ASSERT_EQ(bag.text(), Bag(feeds_->query(scan())).text()) << "seed " << seed;
  }
}

TEST_F(RangeFeedTest, SquashingMergesWhatIsWaiting) {
  put(1, 0);
  const auto feed = listen(scan(), {.squash = true});
  put(1, 1);
  put(2, 5);
  put(1, 2);
  put(3, 1);
  feeds_->store.erase(table_, number(3));
  put(4, 1);
  feeds_->store.erase(table_, number(4));
  put(4, 2);
  const auto items = heard(*feed);
  auto got = texts(items);
  std::ranges::sort(got);
  EXPECT_EQ(got, (std::vector<std::string>{R"(- > {"id":2,"a":5})", R"(- > {"id":4,"a":2})",
                                           R"({"id":1,"a":0} > {"id":1,"a":2})"}));
}

TEST_F(RangeFeedTest, ASquashedFeedCanBeResumedAfterAnyItem) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    for (int i = 0; i < 5; ++i) write(random);
    const auto feed = listen(scan(), {.squash = true});
    std::map<Value, Value, Less> start;
    for (const Value& row : feeds_->query(scan())) start[*row.find("id")] = row;
    for (int i = 0; i < 6; ++i) write(random);
    const auto items = heard(*feed);
    const auto end = Bag(feeds_->query(scan())).text();
    // By key, as readers of squashed feeds do: an old value may have been passed over.
    const auto apply = [](std::map<Value, Value, Less>& rows, const FeedItem& item) {
      if (item.new_value) {
        rows[*item.new_value->find("id")] = *item.new_value;
      } else {
        rows.erase(*item.old_value->find("id"));
      }
    };
    for (std::size_t read = 1; read <= items.size(); ++read) {
      auto rows = start;
      for (std::size_t i = 0; i < read; ++i) apply(rows, items[i]);
      const auto resumed = listen(scan(), {.squash = true, .resume_after = items[read - 1].cursor});
      for (const FeedItem& item : heard(*resumed)) apply(rows, item);
      exec::Rows left;
      for (const auto& [key, row] : rows) left.push_back(row);
      ASSERT_EQ(Bag(left).text(), end) << "seed " << seed << ", after " << read << " items";
    }
  }
}

}  // namespace
}  // namespace octavo::stream
