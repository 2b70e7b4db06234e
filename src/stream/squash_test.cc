#include "stream/squash.h"

#include <gtest/gtest.h>

#include <deque>

namespace octavo::stream {
namespace {

using value::Value;

std::optional<Value> row(int n) { return n == 0 ? std::nullopt : std::optional(Value::int64(n)); }

FeedItem change(int before, int after) {
  return {.old_value = row(before), .new_value = row(after)};
}

// Hands out what the test put in.
class Source final : public Subscription {
 public:
  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    if (items.empty()) return ending;
    for (; max_items > 0 && !items.empty(); --max_items) {
      out.push_back(std::move(items.front()));
      items.pop_front();
    }
    return {};
  }
  void wait(Wake wake) override { waiting = std::move(wake); }

  std::deque<FeedItem> items;
  Status ending;
  Wake waiting;
};

class Squash : public ::testing::Test {
 protected:
  Squash() {
    auto source = std::make_unique<Source>();
    source_ = source.get();
    feed_ = make_squashing(std::move(source));
  }
  void put(std::initializer_list<std::pair<int, int>> changes) {
    for (const auto& [before, after] : changes) source_->items.push_back(change(before, after));
  }
  // "0>2 " for each change.
  std::string take(std::size_t max_items = 100) {
    std::vector<FeedItem> items;
    if (!feed_->poll(max_items, items)) return "error";
    std::string out;
    for (const FeedItem& item : items) {
      const auto shown = [](const std::optional<Value>& v) {
        return std::to_string(v ? v->to_int64().value_or(-1) : 0);
      };
      out += shown(item.old_value) + '>' + shown(item.new_value) + ' ';
    }
    return out;
  }
  Source* source_;
  SubscriptionPtr feed_;
};

TEST_F(Squash, ChainsOfChangesBecomeOne) {
  put({{0, 1}, {5, 6}, {1, 2}, {2, 3}});
  EXPECT_EQ(take(), "5>6 0>3 ");
}

TEST_F(Squash, WhatComesBackIsDropped) {
  put({{0, 1}, {7, 8}, {1, 0}});
  EXPECT_EQ(take(), "7>8 ");
}

TEST_F(Squash, MergesMoreThanTheReaderTakes) {
  put({{0, 1}, {5, 6}, {1, 2}});
  EXPECT_EQ(take(1), "5>6 ");
  EXPECT_EQ(take(1), "0>2 ");
  EXPECT_EQ(take(1), "");
}

TEST_F(Squash, GathersUntilItIsRead) {
  put({{0, 1}});
  int woken = 0;
  const auto wake = [&woken] { ++woken; };
  EXPECT_EQ(feed_->gather(wake), 1U);
  put({{1, 2}, {5, 6}});
  source_->waiting();
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(feed_->gather(wake), 2U);
  EXPECT_EQ(take(1), "0>2 ");
  // What was given out is not changed any more.
  put({{2, 3}, {6, 7}});
  EXPECT_EQ(feed_->gather(wake), 2U);
  EXPECT_EQ(take(), "2>3 5>7 ");
}

TEST_F(Squash, AnErrorComesAfterWhatWasMerged) {
  put({{0, 1}});
  EXPECT_EQ(feed_->gather([] {}), 1U);
  source_->ending = fail(Code::unavailable, "gone");
  EXPECT_EQ(feed_->gather([] {}), SIZE_MAX);
  EXPECT_EQ(take(), "0>1 ");
  EXPECT_EQ(take(), "error");
}

}  // namespace
}  // namespace octavo::stream
