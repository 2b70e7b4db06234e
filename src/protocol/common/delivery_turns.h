#pragma once

// One line for each I/O thread of all that is delivered there, over all protocols: so that a table
// with a thousand listeners can still be written to, and neither feeds nor messages starve each
// other. One turn at a time. Feeds are kept to a share of the thread: what they may do without
// waiting is a burst, and beyond it they wait until what was spent is paid for. A delivery carries
// everything that was written until its turn: fewer and larger batches, in the same order and
// without a gap. See docs/notes/0004-feed-pacing.md.
//
// The generic cell rate algorithm (ITU-T I.371), with costs as they were and not as they were
// expected. All of it belongs to one executor.

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>

#include "base/cancel.h"
#include "base/clock.h"
#include "io/event.h"
#include "io/executor.h"
#include "io/task.h"

namespace octavo::protocol {

std::int64_t thread_cpu_ns();  // processor time of this thread

enum class Delivery : std::uint8_t {
  feed,  // pulled: waiting makes batches
  push,  // a message that lies in memory already
};

// What deliveries of one kind may take. Those of a kind that owes nothing go in the order in which
// they came; the others wait.
struct DeliveryKind {
  double share = 0;      // processor time per time; 0: it is not measured and never owes
  Nanoseconds burst{0};  // time ahead of which turns may be taken
};
using DeliveryKinds = std::array<DeliveryKind, 2>;  // by `Delivery`
constexpr DeliveryKinds kDeliveryKinds{{{0.3, std::chrono::milliseconds(2)}, {}}};

class DeliveryTurns {
  struct Place;

 public:
  using ReadCpu = std::int64_t (*)();

  explicit DeliveryTurns(io::Executor& executor, const DeliveryKinds& kinds = kDeliveryKinds,
                         ReadCpu read_cpu = &thread_cpu_ns);
  ~DeliveryTurns();  // no coroutine has a turn or waits for one
  DeliveryTurns(const DeliveryTurns&) = delete;
  DeliveryTurns& operator=(const DeliveryTurns&) = delete;

  // The delivery's cost is what is computed while it lives; the next turn comes when it goes.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn();
    explicit operator bool() const { return turns_ != nullptr; }

   private:
    friend class DeliveryTurns;
    Turn(DeliveryTurns& turns, std::list<Place>::iterator at) : turns_(&turns), at_(at) {}
    DeliveryTurns* turns_ = nullptr;
    std::list<Place>::iterator at_;
  };
  // Nothing when `cancel` came first.
  io::Task<Turn> take(Delivery kind, CancelToken cancel);
  // For deliveries that are no coroutine: calls `deliver` at once when it is its turn already, and
  // else in a later round, when it has come. Called within a turn it is not its turn.
  void in_turn(Delivery kind, std::move_only_function<void()> deliver);

 private:
  struct Place {
    explicit Place(Delivery its_kind) : kind(its_kind) {}
    const Delivery kind;
    std::uint64_t number = 0;  // of the order in which they came
    io::Event called;          // of a coroutine
    std::move_only_function<void()> deliver;
    std::optional<std::int64_t> begun_ns;  // processor time, where it is measured
  };
  struct Line {
    DeliveryKind kind;
    std::int64_t paid_until_ns = 0;
    std::list<Place> places;
  };

  Line& line_of(const Place& place) { return lines_[static_cast<std::size_t>(place.kind)]; }
  std::list<Place>::iterator join(Delivery kind);
  void leave(std::list<Place>::iterator at);
  void begin(Place& place);
  void end(Place& place);
  std::int64_t debt_ns(const Line& line) const;  // how long it has to wait
  Place* next();                                 // who goes when nobody has the turn; null: nobody
  void call_next();
  void run_holder();

  io::Executor& executor_;
  const ReadCpu read_cpu_;
  std::array<Line, std::tuple_size_v<DeliveryKinds>> lines_;
  std::uint64_t last_number_ = 0;
  // Who has the turn, or was called to it. While there is none, all who wait owe something, and the
  // timer runs until the first of them does not.
  Place* holder_ = nullptr;
  io::Timer paid_;
};

}  // namespace octavo::protocol
