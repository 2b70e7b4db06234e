#pragma once

// Keeps the deliveries of feeds to a share of their I/O thread, so that a table with a thousand
// listeners can still be written to. Feeds that have something to deliver stand in one line; what
// the first one may do without waiting is a burst, and beyond it the line waits until what was
// spent is paid for. A delivery carries everything that was written until its turn: fewer and
// larger batches, in the same order and without a gap. See docs/notes/0004-feed-pacing.md.
//
// The generic cell rate algorithm (ITU-T I.371), with costs as they were and not as they were
// expected. All of it belongs to one executor.

#include <cstdint>
#include <list>
#include <memory>

#include "base/cancel.h"
#include "base/clock.h"
#include "io/event.h"
#include "io/task.h"

namespace octavo::protocol {

std::int64_t thread_cpu_ns();  // processor time of this thread

class DeliveryTurns {
  class Place;

 public:
  using ReadCpu = std::int64_t (*)();

  // `share`: processor time of delivery per time. `burst`: time ahead of which turns may be taken.
  DeliveryTurns(double share, Nanoseconds burst, Clock& clock = system_clock(),
                ReadCpu read_cpu = &thread_cpu_ns);
  ~DeliveryTurns();
  DeliveryTurns(const DeliveryTurns&) = delete;
  DeliveryTurns& operator=(const DeliveryTurns&) = delete;

  // What it takes is the delivery's cost; the next one's turn comes when it goes.
  class Turn {
   public:
    Turn();
    Turn(Turn&&) noexcept;
    Turn& operator=(Turn&&) noexcept;
    ~Turn();
    explicit operator bool() const { return place_ != nullptr; }

   private:
    friend class DeliveryTurns;
    explicit Turn(std::unique_ptr<Place> place);
    std::unique_ptr<Place> place_;
  };
  // Nothing when `cancel` came first.
  io::Task<Turn> take(CancelToken cancel);

 private:
  Nanoseconds debt() const;  // how long the line has to wait
  void charge(std::int64_t cost_ns);

  const double share_;
  const std::int64_t burst_ns_;
  Clock& clock_;
  const ReadCpu read_cpu_;
  std::int64_t paid_until_ns_ = 0;
  std::list<io::Event> line_;  // the first has its turn, or waits for it to be paid for
};

}  // namespace octavo::protocol
