#pragma once

// Time and randomness come through these interfaces, so that tests replace them with a seed.

#include <chrono>
#include <cstdint>

namespace octavo {

using Nanoseconds = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ns() = 0;       // since 1970-01-01T00:00:00Z
  virtual std::int64_t monotonic_ns() = 0;  // for durations only
};

Clock& system_clock();

// For tests: stands still until told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ns = 1'700'000'000'000'000'000) : wall_ns_(wall_ns) {}
  std::int64_t wall_ns() override { return wall_ns_; }
  std::int64_t monotonic_ns() override { return wall_ns_; }
  void advance(Nanoseconds by) { wall_ns_ += by.count(); }

 private:
  std::int64_t wall_ns_;
};

}  // namespace octavo
