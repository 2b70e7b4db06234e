#include "protocol/rethinkdb/jobs.h"

namespace octavo::rethinkdb {

Jobs::Entry::Entry(Jobs& jobs, Job job) : jobs_(jobs), uuid_(job.uuid) {
  const std::scoped_lock lock(jobs_.mutex_);
  jobs_.jobs_.emplace(uuid_, std::move(job));
}

Jobs::Entry::~Entry() {
  const std::scoped_lock lock(jobs_.mutex_);
  jobs_.jobs_.erase(uuid_);
}

std::vector<Job> Jobs::list() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Job> out;
  out.reserve(jobs_.size());
  for (const auto& [uuid, job] : jobs_) out.push_back(job);
  return out;
}

void Jobs::kill(std::string_view uuid) {
  std::function<void()> action;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(uuid);
    if (found != jobs_.end()) action = found->second.kill;
  }
  if (action) action();
}

}  // namespace octavo::rethinkdb
