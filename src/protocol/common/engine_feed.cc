#include "protocol/common/engine_feed.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kMaxItemsOfATurn = 256;

}  // namespace

bool EngineFeed::poll(bool) {
  items_.clear();
  status_ = subscription_->poll(kMaxItemsOfATurn, items_);
  return !status_ || !items_.empty();
}

bool EngineFeed::holds_enough(const std::function<void()>& more) {
  return subscription_->gather(more) >= kMaxItemsOfATurn;
}

io::Task<Status> push_feed(Connection& connection, FeedLoop& loop, EngineFeed& feed,
                           std::function<void(const std::vector<stream::FeedItem>&)> encode) {
  for (;;) {
    const FeedWait wait;
    const Result<FeedNews> news = co_await loop.next(wait);
    if (!news) co_return fail(news.error());
    if (*news == FeedNews::stopped) co_return Status();
    if (!feed.status()) {
      loop.delivered();
      co_return feed.status();
    }
    encode(feed.items());
    const bool sent = connection.start_flush();
    loop.delivered();
    if (!sent) co_return Status();
    if (!connection.blocked()) continue;
    const bool taken = co_await connection.flush();
    if (!taken) co_return Status();
  }
}

}  // namespace octavo::protocol
