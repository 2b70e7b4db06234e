#include "protocol/common/feed_loop.h"

namespace octavo::protocol {

FeedLoop::FeedLoop(DeliveryTurns& turns, Dispatch& dispatch, Statement& statement, PolledFeed& feed,
                   bool caught_up)
    : turns_(turns),
      dispatch_(dispatch),
      statement_(statement),
      feed_(feed),
      caught_up_(caught_up),
      drained_(caught_up) {}

io::Task<Result<FeedNews>> FeedLoop::next(FeedWait wait) {
  io::Executor& executor = io::Executor::current();
  const std::int64_t until_ns = wait.limit.count() > 0 ? executor.now_ns() + wait.limit.count() : 0;
  const auto late = [&] { return until_ns != 0 && executor.now_ns() >= until_ns; };
  const bool holds = wait.hold.count() > 0;
  while (!statement_.stopped()) {
    if (holds && drained_) {
      co_await wait_for_change(until_ns);
      if (!late()) co_await hold_back(wait.hold);
      if (statement_.stopped()) break;
    }
    if (caught_up_ && feed_.never_waits()) {
      turn_ = co_await turns_.take(Delivery::feed, statement_.context().evaluation.cancel);
      if (!turn_ || statement_.stopped()) break;
      statement_.start_clock(wait.compute);
      drained_ = !feed_.poll(false);
    } else {
      statement_.start_clock(wait.compute);
      auto poll = [this] { return feed_.poll(true); };
      const Result<bool> found = co_await dispatch_.run(Weight::usual, std::move(poll));
      if (!found) co_return fail(found.error());
      drained_ = !*found;
    }
    if (!drained_) co_return FeedNews::some;
    if (late()) co_return FeedNews::late;
    turn_ = {};
    caught_up_ = true;
    if (!holds) co_await wait_for_change(until_ns);
  }
  turn_ = {};
  co_return FeedNews::stopped;
}

// Until then at most (0: for ever).
io::Task<void> FeedLoop::wait_for_change(std::int64_t until_ns) {
  feed_.notify([alarm = statement_.alarm()] { alarm->ring(); });
  Nanoseconds left{0};
  if (until_ns != 0) {
    left = Nanoseconds(until_ns - io::Executor::current().now_ns());
    if (left.count() <= 0) co_return;
  }
  (void)co_await statement_.alarm()->wait(left);  // whatever woke it, the caller looks
}

// Lets changes that come soon after the first one be merged with it.
io::Task<void> FeedLoop::hold_back(Nanoseconds time) {
  io::Executor& executor = io::Executor::current();
  const std::int64_t until_ns = executor.now_ns() + time.count();
  while (!statement_.stopped()) {
    const Nanoseconds left(until_ns - executor.now_ns());
    if (left.count() <= 0) break;
    if (feed_.holds_enough([alarm = statement_.alarm()] { alarm->ring(); })) break;
    (void)co_await statement_.alarm()->wait(left);  // whatever woke it, the loop looks again
  }
}

}  // namespace octavo::protocol
