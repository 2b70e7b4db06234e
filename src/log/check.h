#pragma once

// Verifies the log files of a stopped server without changing them; used by `octavo check DIR`.

#include <cstdint>
#include <string>
#include <vector>

#include "base/lsn.h"
#include "base/result.h"
#include "io/file.h"

namespace octavo::log {

struct SegmentReport {
  std::string file;
  Lsn first;
  Lsn last;  // one past the last good record
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  std::vector<std::string> errors;  // each names an offset; empty when all is well
};

struct CheckReport {
  std::vector<SegmentReport> segments;
  std::vector<std::string> notes;   // a torn tail that the next start will cut, spare files
  std::vector<std::string> errors;  // gaps between segments, a foreign cluster, missing identity
  Lsn head;                         // of what is there: where it begins
  Lsn end;                          // and one past the last good record
  bool complete = true;             // nothing was trimmed from its beginning
  bool ok() const;
};

// Fails only where there is no log, the directory cannot be read, or a server is running in it.
Result<CheckReport> check_log(io::FileSystem& files, const std::string& directory);

}  // namespace octavo::log
