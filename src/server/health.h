#pragma once

// What /health answers: whether the server is up and takes writes.

#include <atomic>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace octavo::server {

class Health {
 public:
  enum class State : unsigned char { starting, ready, stopping };

  explicit Health(Clock& clock) : started_ns_(clock.monotonic_ns()), clock_(clock) {}

  void set(State state) { state_.store(state, std::memory_order_relaxed); }
  State state() const { return state_.load(std::memory_order_relaxed); }
  std::int64_t uptime_seconds() const {
    return (clock_.monotonic_ns() - started_ns_) / 1'000'000'000;
  }

 private:
  std::atomic<State> state_{State::starting};
  const std::int64_t started_ns_;
  Clock& clock_;
};

constexpr std::string_view health_word(Health::State state) {
  switch (state) {
    case Health::State::starting: return "starting";
    case Health::State::ready: return "ok";
    case Health::State::stopping: return "stopping";
  }
  return "";
}

}  // namespace octavo::server
