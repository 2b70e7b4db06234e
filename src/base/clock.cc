#include "base/clock.h"

namespace octavo {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ns() override {
    return std::chrono::duration_cast<Nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t monotonic_ns() override {
    return std::chrono::duration_cast<Nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace octavo
