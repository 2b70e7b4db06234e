#pragma once

// Feeds of the engine for protocols that push: a delivery as soon as there is something, one a
// turn, and no faster than the client reads.
//
//   feed.emplace(connection, dispatch, turns, statements, user, query_account(engine));
//   const Status opened = co_await feed->open(subscribe);       // on a worker
//   const Status ended = co_await feed->push(encode);           // beside the dialogue

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/feed_loop.h"

namespace octavo::protocol {

class EngineFeed final : public PolledFeed {
 public:
  // `account` pays for what is polled, and outlives the feed.
  EngineFeed(stream::SubscriptionPtr subscription, value::Account& account)
      : account_(account), subscription_(std::move(subscription)) {}

  bool poll(bool on_worker) override;
  bool never_waits() const override { return true; }
  void notify(std::function<void()> wake) override { subscription_->wait(std::move(wake)); }
  bool holds_enough(const std::function<void()>& more) override;

  // Of the last `poll`. An error ends the feed.
  const std::vector<stream::FeedItem>& items() const { return items_; }
  const Status& status() const { return status_; }

 private:
  value::Account& account_;
  stream::SubscriptionPtr subscription_;
  std::vector<stream::FeedItem> items_;
  Status status_;
};

// One feed of a connection that is pushed beside the dialogue, with its statement. On the
// connection's thread. All that it is given outlives it.
class PushedFeed {
 public:
  // On a worker. The options say already what pays for it and what ends it.
  using Subscribe = std::function<Result<stream::SubscriptionPtr>(stream::FeedOptions options,
                                                                  exec::QueryContext& context)>;
  using Encode = std::function<void(const std::vector<stream::FeedItem>& items)>;

  PushedFeed(Connection& connection, Dispatch& dispatch, DeliveryTurns& turns,
             Statements& statements, std::string_view user, value::Account pays);

  Statement& statement() { return statement_; }
  // First, and once.
  io::Task<Status> open(Subscribe subscribe);
  // Then, until the feed, its statement or the client ends. `encode` appends what was polled; it is
  // not called for an error of the feed, which is the result. While the client reads slowly nothing
  // is polled, and the feed's own queue limits what waits.
  io::Task<Status> push(Encode encode);

 private:
  Connection& connection_;
  Dispatch& dispatch_;
  DeliveryTurns& turns_;
  Statement statement_;  // its account, which pays for what follows, goes last
  std::optional<EngineFeed> feed_;
  std::optional<FeedLoop> loop_;
};

}  // namespace octavo::protocol
