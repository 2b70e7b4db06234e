#pragma once

// The queries that are being worked on or have a cursor or feed open: rows of `rethinkdb.jobs`.
// Queries that are answered at once, without leaving their I/O thread, never get in here.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "io/address.h"

namespace octavo::rethinkdb {

struct Job {
  std::string uuid;
  std::int64_t started_ns = 0;  // monotonic
  algebra::ExprPtr query;
  std::string user;
  io::SocketAddress client;
  std::function<void()> kill;  // from any thread; may come too late
};

// Thread-safe.
class Jobs {
 public:
  // Lists `job` as long as the entry lives.
  class Entry {
   public:
    Entry(Jobs& jobs, Job job);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Jobs& jobs_;
    std::string uuid_;
  };

  std::vector<Job> list() const;
  void kill(std::string_view uuid);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace octavo::rethinkdb
