#include "stream/squash.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace octavo::stream {
namespace {

using value::Value;

constexpr std::size_t kItemsAtOnce = 4096;

struct ValueHash {
  std::size_t operator()(const Value& v) const { return value::hash(v); }
};

bool is_change(const FeedItem& item) { return item.kind == FeedItem::Kind::change; }

class Squashing final : public Subscription {
 public:
  explicit Squashing(SubscriptionPtr feed) : feed_(std::move(feed)) {}

  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    if (merged_.empty()) {
      TRY_STATUS(failure_);
      TRY_STATUS(take_in(std::max(max_items, kItemsAtOnce)));
    }
    while (max_items > 0 && !merged_.empty()) {
      FeedItem item = take_front();
      if (is_change(item) && item.old_value == item.new_value) continue;  // came back to the start
      out.push_back(std::move(item));
      --max_items;
    }
    return {};
  }

  void wait(Wake wake) override {
    if (merged_.empty() && failure_) {
      feed_->wait(std::move(wake));
    } else {
      wake();
    }
  }

  std::size_t gather(Wake wake) override {
    if (failure_) failure_ = take_in(kItemsAtOnce);
    if (!failure_) return SIZE_MAX;
    feed_->wait(std::move(wake));
    return merged_.size();
  }

 private:
  Status take_in(std::size_t max_items) {
    std::vector<FeedItem> items;
    TRY_STATUS(feed_->poll(max_items, items));
    for (FeedItem& item : items) take_in(std::move(item));
    return {};
  }

  // A change that starts where an earlier one ended becomes one with it.
  void take_in(FeedItem item) {
    if (is_change(item) && item.old_value) {
      const auto earlier = leads_to_.find(*item.old_value);
      if (earlier != leads_to_.end()) {
        const std::uint64_t number = earlier->second;
        leads_to_.erase(earlier);
        FeedItem& whole = merged_[number - first_];
        whole.new_value = std::move(item.new_value);
        whole.new_offset = item.new_offset;
        whole.cursor = std::move(item.cursor);
        if (whole.new_value) leads_to_[*whole.new_value] = number;
        return;
      }
    }
    if (is_change(item) && item.new_value) leads_to_[*item.new_value] = first_ + merged_.size();
    merged_.push_back(std::move(item));
  }

  FeedItem take_front() {
    FeedItem item = std::move(merged_.front());
    merged_.pop_front();
    if (is_change(item) && item.new_value) {
      const auto mine = leads_to_.find(*item.new_value);
      if (mine != leads_to_.end() && mine->second == first_) leads_to_.erase(mine);
    }
    ++first_;
    return item;
  }

  SubscriptionPtr feed_;
  std::deque<FeedItem> merged_;
  std::uint64_t first_ = 0;  // number of merged_.front(), counted from the feed's start
  // By new value, the number of the change that led to it.
  std::unordered_map<Value, std::uint64_t, ValueHash> leads_to_;
  Status failure_;  // comes after what was merged
};

}  // namespace

SubscriptionPtr make_squashing(SubscriptionPtr feed) {
  return std::make_unique<Squashing>(std::move(feed));
}

}  // namespace octavo::stream
