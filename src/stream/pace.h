#pragma once

// Keeps the deliveries of feeds to a share of the processor, so that a table with a thousand
// listeners can still be written to. A delivery that comes too early waits for its turn, and then
// carries everything that was written meanwhile: fewer and larger batches, in the same order and
// without a gap. Turns are handed out one after the other, so that listeners which are woken
// together do not all run together. See docs/notes/0004-feed-pacing.md.
//
// The generic cell rate algorithm (ITU-T I.371): one number, the time at which all work so far is
// paid for. From any thread.

#include <atomic>
#include <cstdint>

namespace octavo::stream {

class Pace {
 public:
  // `share`: processor seconds of delivery per second of time; above 1 with several cores.
  // `burst_ns`: time ahead of which turns may be taken before anybody waits.
  Pace(double share, std::int64_t burst_ns) : share_(share), burst_ns_(burst_ns) {}

  struct Turn {
    std::int64_t delay_ns = 0;     // how long to wait from now
    std::int64_t expected_ns = 0;  // what the delivery is thought to cost
  };
  Turn take_turn(std::int64_t now_ns);
  // The delivery of `turn` took `cost_ns` of processor time.
  void settle(const Turn& turn, std::int64_t cost_ns);

 private:
  double share_;
  std::int64_t burst_ns_;
  std::atomic<std::int64_t> paid_until_ns_{0};
  std::atomic<std::int64_t> usual_cost_ns_{0};  // moving average
};

}  // namespace octavo::stream
