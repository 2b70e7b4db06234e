#pragma once

// A disk in memory whose bad days are drawn from a seed. What is written is seen at once by
// everyone; what is synced survives `power_cut`; of the rest each 512-byte sector may or may not.
// Safe to use from several threads, except that nobody may store into a mapping during a sync.

#include <cstdint>
#include <memory>
#include <string>

#include "io/file.h"

namespace octavo::io {

inline constexpr std::size_t kSimSectorBytes = 512;

class SimDisk {
 public:
  virtual ~SimDisk() = default;

  // The disk as one process sees it. `power_cut` and `kill` end the process: its file systems,
  // files, locks and mappings can still be used and destroyed, without effect on what the next
  // one finds. Must not outlive the disk.
  virtual std::unique_ptr<FileSystem> mount() = 0;
  virtual void power_cut() = 0;  // unsynced sectors and directory changes survive by chance
  virtual void kill() = 0;       // everything written survives, as when only the process dies

  virtual void set_capacity(std::uint64_t bytes) = 0;  // of all files together
  // The next `count` calls of `sync_data` fail, and the bytes they should have synced count as
  // clean (as on Linux), so that a retry succeeds and saves nothing.
  virtual void fail_syncs(std::uint64_t count) = 0;
  virtual void flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) = 0;
  virtual std::uint64_t sync_count() const = 0;
};

std::unique_ptr<SimDisk> make_sim_disk(std::uint64_t seed);

}  // namespace octavo::io
