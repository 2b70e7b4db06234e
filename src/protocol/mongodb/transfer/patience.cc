#include "protocol/mongodb/transfer/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace octavo::mongodb::transfer {
namespace {

constexpr std::int64_t kFirstPauseNs = 250'000'000;
constexpr std::int64_t kLongestPauseNs = 5'000'000'000;
constexpr std::int64_t kSliceNs = 50'000'000;  // after which a stop is noticed

}  // namespace

Status Patience::wait(const Error& failure) {
  if (!is_passing(failure)) return fail(failure);
  const std::int64_t now_ns = report_.now_ns();
  if (since_ns_ == 0) {
    since_ns_ = now_ns;
    pause_ns_ = kFirstPauseNs;
    report_.say(fmt::format("{}; trying again", failure.what));
  }
  if (limit_ns_ && now_ns - since_ns_ > *limit_ns_) {
    Error error = failure;
    error.what += "; given up (see mongodb-retry-time)";
    return fail(std::move(error));
  }
  for (std::int64_t left = pause_ns_; left > 0; left -= kSliceNs) {
    if (stop_.requested()) return fail(Code::cancelled, "stopped");
    std::this_thread::sleep_for(Nanoseconds(std::min(left, kSliceNs)));
  }
  pause_ns_ = std::min(2 * pause_ns_, kLongestPauseNs);
  return {};
}

void Patience::reset() {
  if (since_ns_ != 0) report_.say("going on");
  since_ns_ = 0;
}

}  // namespace octavo::mongodb::transfer
