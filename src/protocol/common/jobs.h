#pragma once

// What the server works on for its clients, over all protocols: work that has left its I/O thread,
// has a cursor open, or waits. What is answered at once on its I/O thread never gets in here.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "io/address.h"

namespace octavo::engine {
class Access;
}  // namespace octavo::engine

namespace octavo::protocol {

class ConnectionInfo;

enum class JobId : std::uint64_t {};  // unique in the process, ascending

struct Job {
  std::string protocol;  // ConnectionInfo::protocol
  std::string name;      // the protocol's own, such as a UUID; or empty
  io::SocketAddress client;
  std::string user;
  std::int64_t started_ns = 0;        // monotonic
  std::function<std::string()> text;  // in the protocol's own words; called by who lists
  std::function<void()> kill;         // from any thread; may come too late

  void set_origin(const ConnectionInfo& connection, std::string_view whose,
                  std::int64_t start_monotonic_ns);
};

// Thread-safe.
class Jobs {
 public:
  // Lists `job` as long as it lives.
  class [[nodiscard]] Entry {
   public:
    Entry(Jobs& jobs, Job job);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Jobs& jobs_;
    JobId id_;
  };

  std::vector<std::pair<JobId, Job>> list() const;  // oldest first
  // False when there is none. Does not wait for its end.
  bool kill(JobId id);

 private:
  mutable Mutex mutex_;
  std::uint64_t last_id_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::map<JobId, Job> jobs_ OCTAVO_GUARDED_BY(mutex_);
};

// A user sees and ends what is its own, and with global `config` what is others'
// (docs/security.md).
bool may_see(const engine::Access& access, std::string_view asking, std::string_view owner);
// `Jobs::list` and `Jobs::kill` of those: what is another's looks as if it were not there.
std::vector<std::pair<JobId, Job>> list_for(const Jobs& jobs, const engine::Access& access,
                                            std::string_view asking);
bool kill_for(Jobs& jobs, const engine::Access& access, std::string_view asking, JobId id);

}  // namespace octavo::protocol
