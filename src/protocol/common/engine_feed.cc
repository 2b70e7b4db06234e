#include "protocol/common/engine_feed.h"

#include <new>

namespace octavo::protocol {
namespace {

constexpr std::size_t kMaxItemsOfATurn = 256;

}  // namespace

bool EngineFeed::poll(bool) {
  const value::Account::Use use(&account_);
  items_.clear();
  try {
    status_ = subscription_->poll(kMaxItemsOfATurn, items_);
  } catch (const std::bad_alloc& failure) {
    status_ = std::unexpected(value::out_of_memory(failure));
  }
  return !status_ || !items_.empty();
}

bool EngineFeed::holds_enough(const std::function<void()>& more) {
  return subscription_->gather(more) >= kMaxItemsOfATurn;
}

PushedFeed::PushedFeed(Connection& connection, Dispatch& dispatch, DeliveryTurns& turns,
                       Statements& statements, std::string_view user, value::Account pays)
    : connection_(connection),
      dispatch_(dispatch),
      turns_(turns),
      statement_(statements, user, std::move(pays)) {}

io::Task<Status> PushedFeed::open(Subscribe subscribe) {
  auto job = [this, &subscribe]() -> Status {
    stream::FeedOptions options;
    options.cancel = statement_.context().evaluation.cancel;
    options.account = &statement_.account();
    TRY(auto subscription, subscribe(std::move(options), statement_.context()));
    feed_.emplace(std::move(subscription), statement_.account());
    return {};
  };
  Status opened = co_await dispatch_.run(Weight::usual, std::move(job));
  if (!opened) co_return opened;
  loop_.emplace(turns_, dispatch_, statement_, *feed_, false);
  statement_.set_feed();
  co_return opened;
}

io::Task<Status> PushedFeed::push(Encode encode) {
  for (;;) {
    const FeedWait wait;
    const Result<FeedNews> news = co_await loop_->next(wait);
    if (!news) co_return fail(news.error());
    if (*news == FeedNews::stopped) co_return Status();
    if (!feed_->status()) {
      loop_->delivered();
      co_return feed_->status();
    }
    encode(feed_->items());
    const bool sent = connection_.start_flush();
    loop_->delivered();
    if (!sent) co_return Status();
    if (!connection_.blocked()) continue;
    const bool taken = co_await connection_.flush();
    if (!taken) co_return Status();
  }
}

}  // namespace octavo::protocol
