#pragma once

// A feed between two deliveries: it is polled where that may wait until its initial rows are out,
// then on its connection's thread, in the turns of that thread (delivery_turns.h).
//
//   const Result<FeedNews> news = co_await loop.next(wait);
//   … encode what was polled, start_flush …
//   loop.delivered();

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "io/task.h"
#include "protocol/common/delivery_turns.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/statement.h"

namespace octavo::protocol {

// A feed as its protocol reads it. Used by one thread at a time.
class PolledFeed {
 public:
  virtual ~PolledFeed() = default;
  // Takes what is there; false: nothing. An error, and an end, are something. `on_worker`: not on
  // the connection's thread, so that a large reply may be encoded as well.
  virtual bool poll(bool on_worker) = 0;
  // Whether it may be polled where nothing may wait, once it has caught up.
  virtual bool never_waits() const = 0;
  // Calls `wake` once, on any thread, when there may be something.
  virtual void notify(std::function<void()> wake) = 0;
  // Of one that merges changes while it is held back: whether it should be read now; else calls
  // `more` once when that is to be asked again.
  virtual bool holds_enough(const std::function<void()>& more) = 0;
};

struct FeedWait {
  Nanoseconds limit{0};    // then even with nothing; 0: none
  Nanoseconds hold{0};     // after the first change, for more to be merged with it
  Nanoseconds compute{0};  // for each poll (Statement::start_clock)
};

enum class FeedNews : std::uint8_t {
  some,     // was polled
  late,     // nothing was there in time
  stopped,  // the statement
};

// On the connection's thread. All that it is given outlives it.
class FeedLoop {
 public:
  // `caught_up`: nothing was there when it was polled last.
  FeedLoop(DeliveryTurns& turns, Dispatch& dispatch, Statement& statement, PolledFeed& feed,
           bool caught_up);

  // Until there is something. The turn is held from then on, so deliver at once.
  io::Task<Result<FeedNews>> next(FeedWait wait);
  // It was encoded, and handed to the kernel: both belong to the cost of the delivery.
  void delivered() { turn_ = {}; }

 private:
  io::Task<void> wait_for_change(std::int64_t until_ns);
  io::Task<void> hold_back(Nanoseconds time);

  DeliveryTurns& turns_;
  Dispatch& dispatch_;
  Statement& statement_;
  PolledFeed& feed_;
  bool caught_up_;  // its initial rows are out
  bool drained_;    // nothing was there when it was polled last
  DeliveryTurns::Turn turn_;
};

}  // namespace octavo::protocol
