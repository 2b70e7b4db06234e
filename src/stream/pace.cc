#include "stream/pace.h"

#include <algorithm>

namespace octavo::stream {
namespace {

constexpr std::int64_t kAverageOver = 16;  // deliveries

}  // namespace

Pace::Turn Pace::take_turn(std::int64_t now_ns) {
  const std::int64_t expected_ns = usual_cost_ns_.load(std::memory_order_relaxed);
  const auto price_ns = static_cast<std::int64_t>(static_cast<double>(expected_ns) / share_);
  std::int64_t before = paid_until_ns_.load(std::memory_order_relaxed);
  while (!paid_until_ns_.compare_exchange_weak(before, std::max(before, now_ns) + price_ns,
                                               std::memory_order_relaxed)) {
  }
  return {std::max<std::int64_t>(0, before - burst_ns_ - now_ns), expected_ns};
}

void Pace::settle(const Turn& turn, std::int64_t cost_ns) {
  const std::int64_t surprise_ns = cost_ns - turn.expected_ns;
  paid_until_ns_.fetch_add(
      static_cast<std::int64_t>(static_cast<double>(surprise_ns) / share_),
      std::memory_order_relaxed);
  // Lost updates between threads only make the average a little older.
  const std::int64_t usual_ns = usual_cost_ns_.load(std::memory_order_relaxed);
  usual_cost_ns_.store(usual_ns + (cost_ns - usual_ns) / kAverageOver, std::memory_order_relaxed);
}

}  // namespace octavo::stream
