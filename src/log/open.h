#pragma once

// Opens the log of a data directory, whatever back end it has: what an engine needs to know.

#include <chrono>
#include <memory>

#include "log/commit_log.h"
#include "log/local_log.h"

namespace octavo::log {

struct OpenOptions {
  LocalOptions local;
  // Tests: if not zero, records come back so much after their append, from another thread, as from
  // a log that other machines share (log/fake_shared_log.h).
  std::chrono::nanoseconds delivery_delay{0};
};

Result<std::unique_ptr<CommitLog>> open(io::FileSystem& files, Clock& clock, OpenOptions options);

}  // namespace octavo::log
