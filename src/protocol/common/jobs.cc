#include "protocol/common/jobs.h"

#include <algorithm>

#include "engine/access.h"
#include "protocol/common/connection_table.h"

namespace octavo::protocol {

void Job::set_origin(const ConnectionInfo& connection, std::string_view whose,
                     std::int64_t start_monotonic_ns) {
  protocol = connection.protocol;
  client = connection.peer;
  user = whose;
  started_ns = start_monotonic_ns;
}

Jobs::Entry::Entry(Jobs& jobs, Job job) : jobs_(jobs) {
  const MutexLock lock(jobs_.mutex_);
  id_ = JobId{++jobs_.last_id_};
  jobs_.jobs_.emplace(id_, std::move(job));
}

Jobs::Entry::~Entry() {
  std::map<JobId, Job>::node_type gone;  // freed without the lock
  const MutexLock lock(jobs_.mutex_);
  gone = jobs_.jobs_.extract(id_);
}

std::vector<std::pair<JobId, Job>> Jobs::list() const {
  const MutexLock lock(mutex_);
  return {jobs_.begin(), jobs_.end()};
}

bool Jobs::kill(JobId id) {
  std::function<void()> action;
  {
    const MutexLock lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return false;
    action = found->second.kill;
  }
  action();
  return true;
}

bool may_see(const engine::Access& access, std::string_view asking, std::string_view owner) {
  return asking == owner || access.require(asking, catalog::Permission::config, {}, {});
}

std::vector<std::pair<JobId, Job>> list_for(const Jobs& jobs, const engine::Access& access,
                                            std::string_view asking) {
  auto out = jobs.list();
  std::erase_if(out,
                [&](const auto& entry) { return !may_see(access, asking, entry.second.user); });
  return out;
}

bool kill_for(Jobs& jobs, const engine::Access& access, std::string_view asking, JobId id) {
  const auto seen = list_for(jobs, access, asking);
  return std::ranges::find(seen, id, &std::pair<JobId, Job>::first) != seen.end() && jobs.kill(id);
}

}  // namespace octavo::protocol
