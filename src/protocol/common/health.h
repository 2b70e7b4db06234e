#pragma once

// What /health answers: whether the server is up and takes writes.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace octavo::protocol {

class Health {
 public:
  enum class State : unsigned char { starting, ready, degraded, stopping };
  // Why writes are refused, if they are. From any thread; quick.
  using Refusal = std::function<std::optional<Error>()>;

  explicit Health(Clock& clock) : started_ns_(clock.monotonic_ns()), clock_(clock) {}

  // `refusal` is asked from now on, and until another state is set.
  void set_ready(Refusal refusal) {
    refusal_ = std::move(refusal);
    state_.store(State::ready, std::memory_order_release);
  }
  void set_stopping() { state_.store(State::stopping, std::memory_order_release); }

  struct Report {
    State state;
    std::string reason;  // of `degraded`
  };
  Report report() const {
    const State state = state_.load(std::memory_order_acquire);
    if (state != State::ready) return {state, {}};
    const std::optional<Error> refused = refusal_();
    return refused ? Report{State::degraded, refused->what} : Report{state, {}};
  }
  std::int64_t uptime_seconds() const {
    return (clock_.monotonic_ns() - started_ns_) / 1'000'000'000;
  }

 private:
  std::atomic<State> state_{State::starting};
  Refusal refusal_;  // written before the state is `ready`, never after
  const std::int64_t started_ns_;
  Clock& clock_;
};

constexpr std::string_view health_word(Health::State state) {
  switch (state) {
    case Health::State::starting: return "starting";
    case Health::State::ready: return "ok";
    case Health::State::degraded: return "degraded";
    case Health::State::stopping: return "stopping";
  }
  return "";
}

}  // namespace octavo::protocol
