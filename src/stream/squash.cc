#include "stream/squash.h"

#include <unordered_map>

namespace octavo::stream {
namespace {

using value::Value;

struct ValueHash {
  std::size_t operator()(const Value& v) const { return value::hash(v); }
};

class Squashing final : public Subscription {
 public:
  explicit Squashing(SubscriptionPtr feed) : feed_(std::move(feed)) {}

  Status poll(std::size_t max_items, std::vector<FeedItem>& out) override {
    std::vector<FeedItem> items;
    TRY_STATUS(feed_->poll(max_items, items));
    // Where the change that led to a value stands in `merged`.
    std::unordered_map<Value, std::size_t, ValueHash> leads_to;
    std::vector<FeedItem> merged;
    for (FeedItem& item : items) {
      if (item.kind == FeedItem::Kind::change && item.old_value) {
        const auto earlier = leads_to.find(*item.old_value);
        if (earlier != leads_to.end()) {
          const std::size_t at = earlier->second;
          leads_to.erase(earlier);
          merged[at].new_value = std::move(item.new_value);
          merged[at].new_offset = item.new_offset;
          merged[at].cursor = std::move(item.cursor);
          if (merged[at].new_value) leads_to[*merged[at].new_value] = at;
          continue;
        }
      }
      if (item.kind == FeedItem::Kind::change && item.new_value) {
        leads_to[*item.new_value] = merged.size();
      }
      merged.push_back(std::move(item));
    }
    for (FeedItem& item : merged) {
      const bool nothing = item.kind == FeedItem::Kind::change && item.old_value == item.new_value;
      if (!nothing) out.push_back(std::move(item));
    }
    return {};
  }

  void wait(Wake wake) override { feed_->wait(std::move(wake)); }

 private:
  SubscriptionPtr feed_;
};

}  // namespace

SubscriptionPtr make_squashing(SubscriptionPtr feed) {
  return std::make_unique<Squashing>(std::move(feed));
}

}  // namespace octavo::stream
