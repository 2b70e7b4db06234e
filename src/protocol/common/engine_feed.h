#pragma once

// A feed of the engine as a protocol delivers it when its messages are pushed: as soon as there is
// something, one delivery a turn, and no faster than the client reads.

#include <functional>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/feed_loop.h"

namespace octavo::protocol {

class EngineFeed final : public PolledFeed {
 public:
  explicit EngineFeed(stream::SubscriptionPtr subscription)
      : subscription_(std::move(subscription)) {}

  bool poll(bool on_worker) override;
  bool never_waits() const override { return true; }
  void notify(std::function<void()> wake) override { subscription_->wait(std::move(wake)); }
  bool holds_enough(const std::function<void()>& more) override;

  // Of the last `poll`. An error ends the feed.
  const std::vector<stream::FeedItem>& items() const { return items_; }
  const Status& status() const { return status_; }

 private:
  stream::SubscriptionPtr subscription_;
  std::vector<stream::FeedItem> items_;
  Status status_;
};

// Until the feed, its statement or the client ends. `encode` appends what was polled; it is not
// called for an error of the feed, which is the result. While the client reads slowly nothing is
// polled, and the feed's own queue limits what waits.
io::Task<Status> push_feed(Connection& connection, FeedLoop& loop, EngineFeed& feed,
                           std::function<void(const std::vector<stream::FeedItem>&)> encode);

}  // namespace octavo::protocol
