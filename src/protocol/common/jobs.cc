#include "protocol/common/jobs.h"

#include "engine/access.h"

namespace octavo::protocol {

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

}  // namespace octavo::protocol
