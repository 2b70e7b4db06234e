#include "stream/squash.h"

#include <algorithm>
#include <map>
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
    if (merged_.empty() && failure_) failure_ = take_in(std::max(max_items, kItemsAtOnce));
    const std::size_t before = out.size();
    while (out.size() - before < max_items && !merged_.empty()) {
      FeedItem item = take_front();
      if (is_change(item) && item.old_value == item.new_value) continue;  // came back to the start
      out.push_back(std::move(item));
    }
    return out.size() == before ? failure_ : Status();
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
  // What came before an error counts.
  Status take_in(std::size_t max_items) {
    std::vector<FeedItem> items;
    Status polled = feed_->poll(max_items, items);
    for (FeedItem& item : items) take_in(std::move(item));
    return polled;
  }

  // A change that starts where an earlier one ended becomes one with it, in its own place.
  void take_in(FeedItem item) {
    if (is_change(item) && item.old_value) {
      const auto earlier = leads_to_.find(*item.old_value);
      if (earlier != leads_to_.end()) {
        const auto start = merged_.extract(earlier->second);
        leads_to_.erase(earlier);
        item.old_value = std::move(start.mapped().old_value);
        item.old_offset = start.mapped().old_offset;
      }
    }
    if (is_change(item) && item.new_value) leads_to_[*item.new_value] = taken_;
    merged_.emplace_hint(merged_.end(), taken_++, std::move(item));
  }

  FeedItem take_front() {
    auto front = merged_.extract(merged_.begin());
    FeedItem item = std::move(front.mapped());
    if (is_change(item) && item.new_value) {
      const auto mine = leads_to_.find(*item.new_value);
      if (mine != leads_to_.end() && mine->second == front.key()) leads_to_.erase(mine);
    }
    return item;
  }

  SubscriptionPtr feed_;
  std::map<std::uint64_t, FeedItem> merged_;  // by number, counted from the feed's start
  std::uint64_t taken_ = 0;                   // the next number
  // By new value, the number of the change that led to it.
  std::unordered_map<Value, std::uint64_t, ValueHash> leads_to_;
  Status failure_;  // comes after what was merged
};

}  // namespace

SubscriptionPtr make_squashing(SubscriptionPtr feed) {
  return std::make_unique<Squashing>(std::move(feed));
}

}  // namespace octavo::stream
