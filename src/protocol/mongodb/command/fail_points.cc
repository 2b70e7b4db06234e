#include "protocol/mongodb/command/fail_points.h"

#include <algorithm>
#include <utility>

#include "base/random.h"

namespace octavo::mongodb {

std::int64_t FailPoint::set(std::optional<Plan> plan) {
  const MutexLock lock(mutex_);
  armed_.store(plan.has_value(), std::memory_order_relaxed);
  plan_ = std::move(plan);
  return std::exchange(met_, 0);
}

std::optional<Failure> FailPoint::meet() {
  if (!is_armed()) return std::nullopt;
  const MutexLock lock(mutex_);
  return plan_ ? count() : std::nullopt;
}

std::optional<Failure> FailPoint::meet(std::string_view command, std::string_view application,
                                       std::string_view name_space) {
  if (!is_armed()) return std::nullopt;
  const MutexLock lock(mutex_);
  if (!plan_) return std::nullopt;
  const Plan& plan = *plan_;
  if (std::ranges::find(plan.commands, command) == plan.commands.end()) return std::nullopt;
  if (!plan.application.empty() && plan.application != application) return std::nullopt;
  if (!plan.name_space.empty() && plan.name_space != name_space) return std::nullopt;
  return count();
}

std::optional<Failure> FailPoint::count() {
  Plan& plan = *plan_;
  if (plan.skip > 0) {
    --plan.skip;
    return std::nullopt;
  }
  if (plan.probability && thread_random().uniform() >= *plan.probability) return std::nullopt;
  if (plan.times && *plan.times <= 0) return std::nullopt;
  if (plan.times) --*plan.times;
  ++met_;
  return plan.failure;
}

}  // namespace octavo::mongodb
