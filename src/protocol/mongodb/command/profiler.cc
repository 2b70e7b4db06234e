#include "protocol/mongodb/command/profiler.h"

#include <algorithm>
#include <utility>

#include "base/random.h"

namespace octavo::mongodb {

bool ProfileSettings::wants(std::int64_t taken_ns) const {
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  if (level == ProfileLevel::off) return false;
  if (level == ProfileLevel::all) return true;
  const bool slow = taken_ns / kNanosPerMilli >= slow_ms;
  return slow && (sample_rate >= 1 || thread_random().uniform() < sample_rate);
}

ProfileSettings Profiler::settings(std::string_view database) const {
  if (!on_.load(std::memory_order_relaxed)) return {};
  const MutexLock lock(mutex_);
  const auto found = profiles_.find(database);
  return {.level = found == profiles_.end() ? ProfileLevel::off : found->second.level,
          .slow_ms = slow_ms_,
          .sample_rate = sample_rate_};
}

ProfileSettings Profiler::change(std::string_view database, const ProfileChange& change) {
  const MutexLock lock(mutex_);
  auto found = profiles_.find(database);
  const ProfileSettings before = {
      .level = found == profiles_.end() ? ProfileLevel::off : found->second.level,
      .slow_ms = slow_ms_,
      .sample_rate = sample_rate_};
  slow_ms_ = change.slow_ms.value_or(slow_ms_);
  sample_rate_ = change.sample_rate.value_or(sample_rate_);
  const ProfileLevel level = change.level.value_or(before.level);
  if (level != before.level) {
    if (found == profiles_.end()) found = profiles_.emplace(std::string(database), Profile()).first;
    found->second.level = level;
    count_levels();
  }
  return before;
}

void Profiler::add(std::string_view database, Bytes entry) {
  const MutexLock lock(mutex_);
  const auto found = profiles_.find(database);
  if (found == profiles_.end() || entry.size() > kMaxProfileBytes) return;
  Profile& profile = found->second;
  profile.bytes += entry.size();
  profile.entries.push_back(std::move(entry));
  while (profile.bytes > kMaxProfileBytes) {
    profile.bytes -= profile.entries.front().size();
    profile.entries.pop_front();
  }
}

std::optional<std::vector<Bytes>> Profiler::entries(std::string_view database) const {
  const MutexLock lock(mutex_);
  const auto found = profiles_.find(database);
  if (found == profiles_.end()) return std::nullopt;
  return std::vector<Bytes>(found->second.entries.begin(), found->second.entries.end());
}

bool Profiler::has_collection(std::string_view database) const {
  const MutexLock lock(mutex_);
  return profiles_.contains(database);
}

bool Profiler::drop(std::string_view database) {
  const MutexLock lock(mutex_);
  const auto found = profiles_.find(database);
  if (found == profiles_.end()) return true;
  if (found->second.level != ProfileLevel::off) return false;
  profiles_.erase(found);
  return true;
}

void Profiler::forget(std::string_view database) {
  const MutexLock lock(mutex_);
  const auto found = profiles_.find(database);
  if (found != profiles_.end()) profiles_.erase(found);
  count_levels();
}

void Profiler::count_levels() {
  on_.store(std::ranges::any_of(
      profiles_, [](const auto& entry) { return entry.second.level != ProfileLevel::off; }));
}

}  // namespace octavo::mongodb
