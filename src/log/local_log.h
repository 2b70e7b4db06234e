#pragma once

// The log in segment files of one directory: preallocated, memory mapped for writing, synced in
// groups by one background thread. Format and recovery rules: docs/formats/log.md.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "io/file.h"
#include "log/commit_log.h"

namespace octavo::log {

// Something the operator should know; texts are complete sentences.
struct Notice {
  enum class Kind : std::uint8_t {
    torn_tail_cut,    // bytes after the last good record were no record and are gone
    segment_dropped,  // a segment that a power cut left without durable content is gone
    disk_full,        // no room for the next segment: appends fail until there is
    disk_full_over,
    sync_failed,  // the log is read-only from here on
  };
  Kind kind;
  std::string file;
  Lsn lsn;
  std::uint64_t bytes = 0;
  std::string text;
};

struct LocalOptions {
  std::string directory;
  std::uint32_t node = 0;
  std::uint64_t segment_bytes = 64 * kMiB;
  // The first segment is this small and each next one twice the one before, up to the full
  // size, so that an empty or small server stays small.
  std::uint64_t first_segment_bytes = 1 * kMiB;
  // Room on the disk that the log leaves to others (tables must still be able to flush).
  std::uint64_t reserve_bytes = 32 * kMiB;
  std::chrono::milliseconds sync_interval{1000};  // for what nobody waits for; 0 is never
  // Without the thread nothing is synced or prepared until `LocalLog::run_background` is called.
  bool background_thread = true;
  // An operator's decision to give up damaged records at the end that were once durable, rather
  // than not to start. Damage with good records after it is refused all the same.
  bool cut_damaged_tail = false;
  std::function<void(const Notice&)> on_notice;  // from any thread; may be empty
};

class LocalLog : public CommitLog {
 public:
  // One turn of the background work: one sync for all who wait, one segment prepared.
  virtual void run_background() = 0;
  // The highest position that is on disk.
  virtual Lsn durable_tail() const = 0;
};

// Opens or creates, recovers, and takes the directory's lock. `corrupt` names file and offset.
Result<std::unique_ptr<LocalLog>> open_local_log(io::FileSystem& files, Clock& clock,
                                                 LocalOptions options);

}  // namespace octavo::log
