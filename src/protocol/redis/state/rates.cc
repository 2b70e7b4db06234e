#include "protocol/redis/state/rates.h"

#include <algorithm>

namespace octavo::redis {
namespace {

constexpr double kSecondNs = 1e9;

// Totals may have been reset in between.
double grown(std::uint64_t before, std::uint64_t now) {
  return static_cast<double>(now >= before ? now - before : now);
}

}  // namespace

Rates::PerSecond Rates::measure(const Totals& totals, std::int64_t monotonic_ns) {
  const MutexLock lock(mutex_);
  const double seconds = static_cast<double>(monotonic_ns - last_ns_) / kSecondNs;
  if (seconds >= 1) {
    per_second_ = {grown(last_.commands, totals.commands) / seconds,
                   grown(last_.input_bytes, totals.input_bytes) / seconds,
                   grown(last_.output_bytes, totals.output_bytes) / seconds};
    last_ = totals;
    last_ns_ = monotonic_ns;
  }
  return per_second_;
}

}  // namespace octavo::redis
