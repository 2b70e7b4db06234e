#pragma once

// The `instantaneous_…` of INFO: per second, over the time since somebody last asked, which is a
// second at least. Nothing is measured while nobody asks. Thread-safe.

#include <cstdint>

#include "base/mutex.h"

namespace octavo::redis {

struct Totals {
  std::uint64_t commands = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
};

class Rates {
 public:
  struct PerSecond {
    double commands = 0;
    double input_bytes = 0;
    double output_bytes = 0;
  };
  PerSecond measure(const Totals& totals, std::int64_t monotonic_ns);

 private:
  Mutex mutex_;
  Totals last_ OCTAVO_GUARDED_BY(mutex_);
  std::int64_t last_ns_ OCTAVO_GUARDED_BY(mutex_) = 0;
  PerSecond per_second_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
