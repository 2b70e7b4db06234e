#include "protocol/common/delivery_turns.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

#include "base/assert.h"

namespace octavo::protocol {

std::int64_t thread_cpu_ns() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::int64_t{1'000'000'000} * spent.tv_sec + spent.tv_nsec;
}

DeliveryTurns::Turn::Turn(Turn&& other) noexcept
    : turns_(std::exchange(other.turns_, nullptr)), at_(other.at_) {}

DeliveryTurns::Turn& DeliveryTurns::Turn::operator=(Turn&& other) noexcept {
  Turn taken(std::move(other));
  std::swap(turns_, taken.turns_);
  std::swap(at_, taken.at_);
  return *this;
}

DeliveryTurns::Turn::~Turn() {
  if (turns_ != nullptr) turns_->leave(at_);
}

DeliveryTurns::DeliveryTurns(io::Executor& executor, const DeliveryKinds& kinds, ReadCpu read_cpu)
    : executor_(executor), read_cpu_(read_cpu), paid_(executor, [this] { call_next(); }) {
  for (std::size_t i = 0; i < kinds.size(); ++i) lines_[i].kind = kinds[i];
}

DeliveryTurns::~DeliveryTurns() {
  for (const Line& line : lines_) {
    for (const Place& place : line.places) ASSERT(place.deliver != nullptr);
  }
}

io::Task<DeliveryTurns::Turn> DeliveryTurns::take(Delivery kind, CancelToken cancel) {
  const auto at = join(kind);
  Turn turn(*this, at);
  call_next();
  const bool called = co_await at->called.wait(cancel);
  if (!called) co_return Turn();
  begin(*at);
  co_return turn;
}

void DeliveryTurns::in_turn(Delivery kind, std::move_only_function<void()> deliver) {
  Place place(kind);
  if (holder_ == nullptr && next() == nullptr && debt_ns(line_of(place)) <= 0) {
    holder_ = &place;
    begin(place);
    deliver();
    end(place);
    return;
  }
  join(kind)->deliver = std::move(deliver);
  call_next();
}

std::list<DeliveryTurns::Place>::iterator DeliveryTurns::join(Delivery kind) {
  std::list<Place>& places = lines_[static_cast<std::size_t>(kind)].places;
  const auto at = places.emplace(places.end(), kind);
  at->number = ++last_number_;
  return at;
}

void DeliveryTurns::leave(std::list<Place>::iterator at) {
  std::list<Place> gone;
  Line& line = line_of(*at);
  gone.splice(gone.begin(), line.places, at);
  end(*at);
}

void DeliveryTurns::begin(Place& place) {
  if (line_of(place).kind.share > 0) place.begun_ns = read_cpu_();
}

void DeliveryTurns::end(Place& place) {
  if (place.begun_ns) {
    Line& line = line_of(place);
    const auto cost_ns = static_cast<double>(read_cpu_() - *place.begun_ns);
    line.paid_until_ns = std::max(line.paid_until_ns, executor_.clock().monotonic_ns()) +
                         static_cast<std::int64_t>(cost_ns / line.kind.share);
  }
  if (holder_ != &place) return;
  holder_ = nullptr;
  call_next();
}

std::int64_t DeliveryTurns::debt_ns(const Line& line) const {
  if (line.kind.share <= 0) return 0;
  return line.paid_until_ns - line.kind.burst.count() - executor_.clock().monotonic_ns();
}

DeliveryTurns::Place* DeliveryTurns::next() {
  Place* first = nullptr;
  for (Line& line : lines_) {
    if (line.places.empty() || debt_ns(line) > 0) continue;
    Place& place = line.places.front();
    if (first == nullptr || place.number < first->number) first = &place;
  }
  return first;
}

void DeliveryTurns::call_next() {
  if (holder_ != nullptr) return;
  holder_ = next();
  if (holder_ == nullptr) {
    std::int64_t least_ns = std::numeric_limits<std::int64_t>::max();
    for (const Line& line : lines_) {
      if (!line.places.empty()) least_ns = std::min(least_ns, debt_ns(line));
    }
    const bool any = least_ns != std::numeric_limits<std::int64_t>::max();
    if (any) paid_.start(Nanoseconds(std::max<std::int64_t>(least_ns, 0)));
  } else if (holder_->deliver != nullptr) {
    executor_.post([this] { run_holder(); });
  } else {
    holder_->called.set();
  }
}

void DeliveryTurns::run_holder() {
  const auto at = line_of(*holder_).places.begin();
  ASSERT(&*at == holder_);
  begin(*at);
  at->deliver();
  leave(at);
}

}  // namespace octavo::protocol
