#pragma once

// The live set of segment files: the one that is written, those before it, and a spare that is
// prepared ahead of need. The appender begins segments, the background thread prepares and
// retires them, readers look them up; each holds what it uses by shared pointer.

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/mutex.h"
#include "io/file.h"
#include "log/recovery.h"
#include "log/segment.h"

namespace octavo::log {

struct Segment {
  static constexpr std::uint64_t kLive = ~std::uint64_t{0};

  SegmentHeader header;
  std::string path;
  std::shared_ptr<io::File> file;
  std::uint64_t capacity_end = 0;                // log offset at which the file is full
  std::atomic<std::uint64_t> sealed_end{kLive};  // log offset after the last record, once known
  // There while the segment is written and until it is synced; then the syncer takes it away.
  std::unique_ptr<io::Mapping> mapping;

  char* at(std::uint64_t offset) const { return mapping->bytes().data() + file_offset(offset); }
  std::uint64_t file_offset(std::uint64_t offset) const {
    return kSegmentHeaderSize + (offset - header.start);
  }
  // Puts bytes where `at(offset)` shows them. By the appender only.
  void store(std::uint64_t offset, BytesView bytes) const;
};
using SegmentPointer = std::shared_ptr<Segment>;

struct SegmentSizes {
  std::uint64_t first_bytes = 1 * kMiB;
  std::uint64_t full_bytes = 64 * kMiB;
  std::uint64_t reserve_bytes = 0;  // of the disk, left to others
};

struct SegmentStart {
  std::uint64_t start = 0;
  std::uint64_t previous_end = 0;
  std::int64_t base_time_ns = 0;
  std::uint64_t record_bytes = 0;  // room for at least one record of this size
};

class SegmentStore {
 public:
  SegmentStore(io::FileSystem& files, std::string directory, const ClusterId& cluster,
               std::uint16_t generation, SegmentSizes sizes);

  void adopt(const Recovery& recovery);
  // Maps the last adopted segment for writing.
  Status continue_last();

  // Seals the live segment and makes a new one live. `resource_exhausted` when the disk is full,
  // with nothing changed.
  Status begin(const SegmentStart& start);
  SegmentPointer live() const;

  // Makes the next segment's file unless it is there already.
  Status prepare_spare();
  bool has_spare() const;
  // Whether there is room on the disk for the smallest of segments.
  Status check_room() const { return check_room(sizes_.first_bytes); }

  // The segment in which `offset` is, or which continues what ends at `offset`. `out_of_range` when
  // trimmed, lost, or beyond the live segment.
  Result<SegmentPointer> find(std::uint64_t offset) const;
  std::vector<SegmentPointer> all() const;
  std::uint64_t head() const;

  // Removes the segments that end at or before `upto`.
  Status trim(std::uint64_t upto);

  // True once after segments were begun: the directory must be synced before they are durable.
  bool take_directory_changed() { return directory_changed_.exchange(false); }
  Status sync_directory() { return files_.sync_directory(directory_); }

 private:
  struct Spare {
    std::shared_ptr<io::File> file;
    std::uint64_t bytes = 0;
    std::string path;  // a temporary name, never used twice by one process
  };
  Status check_room(std::uint64_t bytes) const;
  Result<Spare> make_file(std::uint64_t bytes);
  Result<Spare> take_or_make(std::uint64_t bytes_min);
  std::uint64_t next_bytes() const;

  io::FileSystem& files_;
  const std::string directory_;
  const ClusterId cluster_;
  const std::uint16_t generation_;
  const SegmentSizes sizes_;
  std::atomic<bool> directory_changed_{false};
  std::atomic<std::uint64_t> files_made_{0};
  mutable Mutex mutex_;  // guards the two below; never held during a slow call
  // Ascending, the last one is live.
  std::vector<SegmentPointer> segments_ OCTAVO_GUARDED_BY(mutex_);
  std::unique_ptr<Spare> spare_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::log
