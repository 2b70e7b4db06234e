#pragma once

// Brings a log directory into a state from which appending can go on: judges the files
// (log/survey.h), cuts what was never durable, and makes what is left durable.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file.h"
#include "log/identity.h"
#include "log/local_log.h"
#include "log/segment.h"

namespace octavo::log {

struct RecoveredSegment {
  SegmentHeader header;
  std::string path;
  std::shared_ptr<io::File> file;
  std::uint64_t end = 0;           // log offset after its last record
  std::uint64_t capacity_end = 0;  // log offset at which the file is full
};

struct Recovery {
  Identity identity;  // as it was found, or new
  std::vector<RecoveredSegment> segments;
  std::uint64_t tail = kFirstOffset;
  std::int64_t clock_ns = 0;
  // Appending goes on in the last segment. Else a new one begins at `next_start`.
  bool continue_last = false;
  std::uint64_t next_start = kFirstOffset;
  std::vector<Notice> notices;
};

struct RecoveryOptions {
  bool cut_damaged_tail = false;
  std::uint64_t verify_bytes = 0;
  Clock* clock = &system_clock();
};

// Whether nothing that the last process wrote can have been lost with the machine's memory.
bool nothing_lost(const Identity& identity, io::FileSystem& files);

// Of a directory without an identity file: `corrupt` when there are segments all the same.
Status expect_no_segments(io::FileSystem& files, const std::string& directory);

Result<Recovery> recover_log(io::FileSystem& files, const std::string& directory,
                             const RecoveryOptions& options);

}  // namespace octavo::log
