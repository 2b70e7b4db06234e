#pragma once

// SIGINT and SIGTERM as a question that is asked between two steps. The second one ends the process
// as it always does: an import may end anywhere.

#include <csignal>

namespace octavo::mongodb::transfer {

// One at a time in a process.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  bool requested() const;

 private:
  struct sigaction interrupt_{};  // what there was before
  struct sigaction terminate_{};
};

}  // namespace octavo::mongodb::transfer
