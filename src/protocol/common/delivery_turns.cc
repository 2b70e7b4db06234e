#include "protocol/common/delivery_turns.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "io/sleep.h"

namespace octavo::protocol {

std::int64_t thread_cpu_ns() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::int64_t{1'000'000'000} * spent.tv_sec + spent.tv_nsec;
}

// Somebody's place in the line, until it is given up.
class DeliveryTurns::Place {
 public:
  explicit Place(DeliveryTurns& turns)
      : turns_(turns), at_(turns.line_.emplace(turns.line_.end())) {}
  ~Place() {
    if (begun_ns_) turns_.charge(turns_.read_cpu_() - *begun_ns_);
    const bool next = is_first();
    turns_.line_.erase(at_);
    if (next && !turns_.line_.empty()) turns_.line_.front().set();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  bool is_first() const { return at_ == turns_.line_.begin(); }
  io::Event& called() { return *at_; }
  void begin() { begun_ns_ = turns_.read_cpu_(); }

 private:
  DeliveryTurns& turns_;
  const std::list<io::Event>::iterator at_;
  std::optional<std::int64_t> begun_ns_;
};

DeliveryTurns::Turn::Turn(std::unique_ptr<Place> place) : place_(std::move(place)) {
  place_->begin();
}
DeliveryTurns::Turn::Turn() = default;
DeliveryTurns::Turn::Turn(Turn&&) noexcept = default;
DeliveryTurns::Turn& DeliveryTurns::Turn::operator=(Turn&&) noexcept = default;
DeliveryTurns::Turn::~Turn() = default;

DeliveryTurns::DeliveryTurns(double share, Nanoseconds burst, Clock& clock, ReadCpu read_cpu)
    : share_(share), burst_ns_(burst.count()), clock_(clock), read_cpu_(read_cpu) {}

DeliveryTurns::~DeliveryTurns() { ASSERT(line_.empty()); }

io::Task<DeliveryTurns::Turn> DeliveryTurns::take(CancelToken cancel) {
  auto place = std::make_unique<Place>(*this);
  if (!place->is_first()) {
    const bool called = co_await place->called().wait(cancel);
    if (!called) co_return Turn();
  }
  for (Nanoseconds left = debt(); left.count() > 0; left = debt()) {
    const bool slept = co_await io::sleep_for(left, cancel);
    if (!slept) co_return Turn();
  }
  co_return Turn(std::move(place));
}

Nanoseconds DeliveryTurns::debt() const {
  return Nanoseconds(paid_until_ns_ - burst_ns_ - clock_.monotonic_ns());
}

void DeliveryTurns::charge(std::int64_t cost_ns) {
  const auto price_ns = static_cast<std::int64_t>(static_cast<double>(cost_ns) / share_);
  paid_until_ns_ = std::max(paid_until_ns_, clock_.monotonic_ns()) + price_ns;
}

}  // namespace octavo::protocol
