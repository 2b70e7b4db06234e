#include "protocol/redis/state/slow_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace octavo::redis {
namespace {

constexpr std::size_t kMaxArguments = 32;
constexpr std::size_t kMaxArgumentBytes = 128;

}  // namespace

std::vector<std::string> shortened(keyspace::Args args) {
  std::vector<std::string> out;
  const bool all = args.size() <= kMaxArguments;
  const std::size_t shown = all ? args.size() : kMaxArguments - 1;
  for (const std::string_view arg : args.first(shown)) {
    out.emplace_back(arg.substr(0, kMaxArgumentBytes));
    if (arg.size() > kMaxArgumentBytes) {
      out.back() += fmt::format("... ({} more bytes)", arg.size() - kMaxArgumentBytes);
    }
  }
  if (!all) out.push_back(fmt::format("... ({} more arguments)", args.size() - shown));
  return out;
}

void SlowLog::add(SlowCall call, std::size_t max_calls) {
  const MutexLock lock(mutex_);
  call.id = next_id_++;
  calls_.push_front(std::move(call));
  if (calls_.size() > max_calls) calls_.resize(max_calls);
}

std::vector<SlowCall> SlowLog::newest(std::size_t count) const {
  const MutexLock lock(mutex_);
  const auto shown = static_cast<std::ptrdiff_t>(std::min(count, calls_.size()));
  return {calls_.begin(), calls_.begin() + shown};
}

std::size_t SlowLog::size() const {
  const MutexLock lock(mutex_);
  return calls_.size();
}

void SlowLog::clear() {
  const MutexLock lock(mutex_);
  calls_.clear();
}

}  // namespace octavo::redis
