#include "protocol/redis/state/acl_log.h"

#include <algorithm>

namespace octavo::redis {
namespace {

constexpr std::int64_t kAlikeMs = 60'000;

bool alike(const AclDenial& a, const AclDenial& b) {
  return a.reason == b.reason && a.in_transaction == b.in_transaction && a.object == b.object &&
         a.username == b.username && b.wall_ms - a.wall_ms <= kAlikeMs;
}

}  // namespace

void AclLog::add(AclDenial denial, std::size_t max_entries) {
  const MutexLock lock(mutex_);
  const auto found = std::ranges::find_if(
      denials_, [&](const AclDenial& earlier) { return alike(earlier, denial); });
  if (found != denials_.end()) {
    denial.count = found->count + 1;
    denials_.erase(found);
  }
  denials_.push_front(std::move(denial));
  if (denials_.size() > max_entries) denials_.resize(max_entries);
}

std::vector<AclDenial> AclLog::newest(std::size_t count) const {
  const MutexLock lock(mutex_);
  const auto end = denials_.begin() + static_cast<std::ptrdiff_t>(std::min(count, denials_.size()));
  return {denials_.begin(), end};
}

void AclLog::clear() {
  const MutexLock lock(mutex_);
  denials_.clear();
}

}  // namespace octavo::redis
