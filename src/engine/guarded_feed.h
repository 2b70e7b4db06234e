#pragma once

#include <memory>
#include <mutex>

#include "engine/access.h"
#include "stream/subscription.h"

namespace octavo::engine {

// A feed that ends when its reader may no longer read what it is about. `query` outlives it.
class GuardedFeed final : public stream::Subscription {
 public:
  GuardedFeed(stream::SubscriptionPtr feed, const Access& access, exec::QueryContext& query)
      : feed_(std::move(feed)), access_(access), query_(query) {}

  Status poll(std::size_t max_items, std::vector<stream::FeedItem>& out) override {
    TRY_STATUS(access_.still_allowed(query_));
    return feed_->poll(max_items, out);
  }
  void wait(stream::Wake wake) override {
    const auto once = std::make_shared<OneCall>(std::move(wake));
    feed_->wait([once] { once->call(); });
    // Whoever changed rights since the last poll found nobody to wake.
    if (access_.version() != query_.rights_version) once->call();
  }
  std::size_t gather(stream::Wake wake) override { return feed_->gather(std::move(wake)); }

 private:
  class OneCall {
   public:
    explicit OneCall(stream::Wake wake) : wake_(std::move(wake)) {}
    void call() {
      std::call_once(called_, [this] { wake_(); });
    }

   private:
    std::once_flag called_;
    stream::Wake wake_;
  };

  stream::SubscriptionPtr feed_;
  const Access& access_;
  exec::QueryContext& query_;
};

}  // namespace octavo::engine
