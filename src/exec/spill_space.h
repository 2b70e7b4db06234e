#pragma once

// Where operators put rows that they cannot hold in memory: files in one directory, which have no
// names from the moment that they are there, so that nothing is left of them when they are closed
// or the process ends. They are never synced. Blocking calls: on worker threads only.

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/memory_pool.h"
#include "base/result.h"
#include "io/file.h"

namespace octavo::exec {

class SpillSpace;

// Written at its end, read anywhere. One thread at a time uses it; the space outlives it.
class SpillFile {
 public:
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // `resource_exhausted`: all files would be larger than they may be, or the disk is full.
  Status append(BytesView bytes);
  // All of `out`, which is bytes that were written. `corrupt` when they do not come back.
  Status read(std::uint64_t offset, std::span<char> out);
  std::uint64_t size() const { return size_; }

 private:
  friend class SpillSpace;
  SpillFile(SpillSpace& space, std::unique_ptr<io::File> file)
      : space_(space), file_(std::move(file)) {}

  SpillSpace& space_;
  std::unique_ptr<io::File> file_;
  std::uint64_t size_ = 0;
};

// Thread-safe after `open`.
class SpillSpace {
 public:
  struct Options {
    std::string directory;
    std::uint64_t limit_bytes = 0;  // of all files together; 0: half of what is free
    // What a query may have of memory, by which its operators know how much they may hold.
    std::size_t query_bytes = 16 * kMiB;
    // What all queries have it from; outlives the space. Null: each has its own.
    const MemoryPool* queries = nullptr;
    // Tests: what one operator may hold, whatever its query has; 0: it goes by that.
    std::size_t hold_bytes = 0;
  };
  SpillSpace(io::FileSystem& files, Options options)
      : files_(files), options_(std::move(options)) {}

  // Creates the directory and removes what a process that was killed may have left there.
  Status open();
  // `resource_exhausted` also when the process has no more files to open.
  Result<std::unique_ptr<SpillFile>> create();

  const Options& options() const { return options_; }
  // Operators that hold rows, of all queries: they share what these may hold.
  void begin_holding() { holding_.fetch_add(1, std::memory_order_relaxed); }
  void end_holding() { holding_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t holding() const { return holding_.load(std::memory_order_relaxed); }

  // In files that are there, and in all that there have been.
  std::uint64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t written_bytes() const { return written_.load(std::memory_order_relaxed); }
  std::uint64_t files_created() const { return created_.load(std::memory_order_relaxed); }

 private:
  friend class SpillFile;
  Status take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  io::FileSystem& files_;
  const Options options_;
  std::atomic<std::size_t> holding_{0};
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> created_{0};
};

}  // namespace octavo::exec
