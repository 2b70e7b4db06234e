#pragma once

// The seam to disks: blocking calls, for background threads and start-up. The real one is
// `posix_file_system()`; io/sim_file.h has a disk in memory with power cuts, torn writes, full
// disks and flipped bits. Full disks are `resource_exhausted`, missing files `not_found`, failing
// devices `corrupt`, a lock that somebody holds `unavailable`; each text names the file.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace octavo::io {

enum class OpenMode : std::uint8_t {
  read,        // must exist
  read_write,  // must exist
  create,      // must not exist
  replace,     // created, or emptied
};

// A file's bytes as memory, shared with the file: a store survives the death of the process, and
// `File::sync_data` makes it survive a power cut. Unmapped when destroyed; needs its File only
// to be created.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::span<char> bytes() = 0;
  // Hint: the range will not be touched soon, its pages need not count as ours.
  virtual void release(std::uint64_t offset, std::uint64_t size) = 0;
};

// Closed when destroyed.
class File {
 public:
  virtual ~File() = default;
  // Fewer bytes than asked for only at the end of the file.
  virtual Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) = 0;
  virtual Status pwrite(std::uint64_t offset, BytesView data) = 0;
  // Grows the file to `size` with zeros and takes the disk's room for them now, all or nothing.
  virtual Status allocate(std::uint64_t size) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::unique_ptr<Mapping>> map(std::uint64_t size) = 0;
  // Data and size reach the disk. After an error the unsynced bytes are in no known state and
  // a later success does not cover them: never retry.
  virtual Status sync_data() = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual const std::string& path() const = 0;
};

// Held until destroyed, or until the process dies.
class [[nodiscard]] FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Status create_directories(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  // Names of the files in a directory, sorted, without `.` and `..` and subdirectories.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Creations, renames and removals in the directory reach the disk.
  virtual Status sync_directory(const std::string& directory) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& directory) = 0;
  // Created if missing. `unavailable` when somebody else holds it, with their process id. Whoever
  // may only read gets it as well, and leaves no trace.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  // Changes whenever bytes that were written but not synced may have been lost. Empty: not known.
  virtual std::string boot_id() = 0;
};

FileSystem& posix_file_system();

// Whole small files. Writing is atomic and durable: a temporary, synced, renamed over.
Result<Bytes> read_file(FileSystem& files, const std::string& path);
Status write_file_atomic(FileSystem& files, const std::string& path, BytesView data);
std::string join_path(const std::string& directory, const std::string& name);

}  // namespace octavo::io
