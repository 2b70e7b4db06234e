#include "io/sim_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/assert.h"
#include "base/mutex.h"
#include "base/random.h"

namespace octavo::io {
namespace {

// With the disk's mutex held. One file's bytes three times over. `live` is what processes see;
// `clean` is what the kernel believes to be on the disk; `disk` is what is there. The last two
// differ after a failed sync.
struct Inode {
  std::vector<char> live;
  std::vector<char> clean;
  std::vector<char> disk;
  std::set<std::size_t>
      rewritten;  // sectors written since the last sync, perhaps with the same bytes
  int mappings = 0;

  void resize_live(std::uint64_t size) {
    ASSERT(mappings == 0 || size <= live.size());  // mapped memory must not move
    live.resize(static_cast<std::size_t>(size), '\0');
  }
};
using InodePointer = std::shared_ptr<Inode>;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string(".") : path.substr(0, slash);
}

// A directory entry set (`inode`) or removed (null) and not yet synced.
struct PendingEntry {
  std::string path;
  InodePointer inode;
};

struct DiskState {
  explicit DiskState(std::uint64_t seed) : random(seed) {}

  Mutex mutex;
  Random random OCTAVO_GUARDED_BY(mutex);
  std::map<std::string, InodePointer> entries OCTAVO_GUARDED_BY(mutex);
  std::map<std::string, InodePointer> durable_entries OCTAVO_GUARDED_BY(mutex);
  std::vector<PendingEntry> pending OCTAVO_GUARDED_BY(mutex);
  std::set<std::string> locks OCTAVO_GUARDED_BY(mutex);
  std::uint64_t process OCTAVO_GUARDED_BY(mutex) = 1;
  std::uint64_t boots OCTAVO_GUARDED_BY(mutex) = 1;
  std::uint64_t capacity OCTAVO_GUARDED_BY(mutex) = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t failing_syncs OCTAVO_GUARDED_BY(mutex) = 0;
  std::uint64_t syncs OCTAVO_GUARDED_BY(mutex) = 0;

  std::uint64_t used() const OCTAVO_REQUIRES(mutex) {
    std::uint64_t sum = 0;
    for (const auto& [path, inode] : entries) sum += inode->live.size();
    return sum;
  }
  bool has_room(std::uint64_t more) const OCTAVO_REQUIRES(mutex) {
    return more <= capacity && used() <= capacity - more;
  }

  void set_entry(const std::string& path, InodePointer inode) OCTAVO_REQUIRES(mutex) {
    pending.push_back({path, inode});
    if (inode) {
      entries[path] = std::move(inode);
    } else {
      entries.erase(path);
    }
  }
  void persist(const PendingEntry& change) OCTAVO_REQUIRES(mutex) {
    if (change.inode) {
      durable_entries[change.path] = change.inode;
    } else {
      durable_entries.erase(change.path);
    }
  }
};

std::unexpected<Error> disk_full(const std::string& path) {
  return fail(Code::resource_exhausted, fmt::format("cannot write \"{}\": disk full", path));
}

std::unexpected<Error> dead_process() {
  return fail(Code::unavailable, "this simulated process is dead");
}

class SimMapping final : public Mapping {
 public:
  SimMapping(DiskState& disk, InodePointer inode, std::size_t size)
      : disk_(disk), inode_(std::move(inode)), bytes_(inode_->live.data(), size) {}
  ~SimMapping() override {
    const MutexLock lock(disk_.mutex);
    --inode_->mappings;
  }
  std::span<char> bytes() override { return bytes_; }
  void release(std::uint64_t, std::uint64_t) override {}

 private:
  DiskState& disk_;
  InodePointer inode_;
  std::span<char> bytes_;
};

class SimFile final : public File {
 public:
  SimFile(DiskState& disk, InodePointer inode, std::string path)
      : disk_(disk), process_(disk.process), inode_(std::move(inode)), path_(std::move(path)) {}

  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    const MutexLock lock(disk_.mutex);
    const auto& live = inode_->live;
    if (offset >= live.size()) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), live.size() - offset);
    std::memcpy(out.data(), live.data() + offset, size);
    return size;
  }

  Status pwrite(std::uint64_t offset, BytesView data) override {
    if (data.empty()) return {};
    const MutexLock lock(disk_.mutex);
    const std::uint64_t end = offset + data.size();
    if (end > inode_->live.size()) {
      if (!disk_.has_room(end - inode_->live.size())) return disk_full(path_);
      inode_->resize_live(end);
    }
    std::memcpy(inode_->live.data() + offset, data.data(), data.size());
    const std::size_t last = static_cast<std::size_t>(end + kSimSectorBytes - 1) / kSimSectorBytes;
    for (std::size_t sector = static_cast<std::size_t>(offset) / kSimSectorBytes; sector < last;
         ++sector) {
      inode_->rewritten.insert(sector);
    }
    return {};
  }

  Status allocate(std::uint64_t size) override {
    const MutexLock lock(disk_.mutex);
    ASSERT(size >= inode_->live.size());
    if (!disk_.has_room(size - inode_->live.size())) return disk_full(path_);
    inode_->resize_live(size);
    return {};
  }

  Status truncate(std::uint64_t size) override {
    const MutexLock lock(disk_.mutex);
    inode_->resize_live(size);
    return {};
  }

  Result<std::unique_ptr<Mapping>> map(std::uint64_t size) override {
    const MutexLock lock(disk_.mutex);
    ASSERT(size <= inode_->live.size());
    ++inode_->mappings;
    return std::make_unique<SimMapping>(disk_, inode_, static_cast<std::size_t>(size));
  }

  Status sync_data() override {
    const MutexLock lock(disk_.mutex);
    if (process_ != disk_.process) return dead_process();
    ++disk_.syncs;
    if (disk_.failing_syncs > 0) {
      --disk_.failing_syncs;
      inode_->clean = inode_->live;
      inode_->rewritten.clear();
      return fail(Code::corrupt, fmt::format("cannot sync \"{}\": Input/output error", path_));
    }
    // Looked at once: another thread may be storing into a mapping, and what it stores later is
    // dirty still.
    std::vector<char> now = inode_->live;
    copy_dirty_to_disk(now);
    inode_->clean = std::move(now);
    inode_->rewritten.clear();
    return {};
  }

  Result<std::uint64_t> size() override {
    const MutexLock lock(disk_.mutex);
    return inode_->live.size();
  }

  const std::string& path() const override { return path_; }

 private:
  // Only what was written or differs from `clean` is copied: bytes lost in a failed sync stay lost.
  void copy_dirty_to_disk(const std::vector<char>& now) {
    Inode& inode = *inode_;
    inode.clean.resize(now.size(), '\0');
    inode.disk.resize(now.size(), '\0');
    for (std::size_t at = 0; at < now.size(); at += kSimSectorBytes) {
      const std::size_t size = std::min(kSimSectorBytes, now.size() - at);
      if (inode.rewritten.contains(at / kSimSectorBytes) ||
          std::memcmp(&now[at], &inode.clean[at], size) != 0) {
        std::memcpy(&inode.disk[at], &now[at], size);
      }
    }
  }

  DiskState& disk_;
  std::uint64_t process_;
  InodePointer inode_;
  std::string path_;
};

class SimLock final : public FileLock {
 public:
  SimLock(DiskState& disk, std::string path)
      : disk_(disk), process_(disk.process), path_(std::move(path)) {}
  ~SimLock() override {
    const MutexLock lock(disk_.mutex);
    if (process_ == disk_.process) disk_.locks.erase(path_);
  }

 private:
  DiskState& disk_;
  std::uint64_t process_;
  std::string path_;
};

// What a power cut leaves of one file: every sector that the kernel had not written yet is there or
// not, with a chance that differs from file to file so that "all" and "none" happen often.
InodePointer after_power_cut(const Inode& before, Random& random) {
  auto after = std::make_shared<Inode>();
  const std::uint64_t kept_of_8 = random.below(9);
  std::vector<char> content = before.disk;
  if (random.below(8) < kept_of_8) content.resize(before.live.size(), '\0');
  for (std::size_t at = 0; at < content.size() && at < before.live.size(); at += kSimSectorBytes) {
    const std::size_t size =
        std::min({kSimSectorBytes, content.size() - at, before.live.size() - at});
    const bool dirty = at + size > before.clean.size() ||
                       std::memcmp(&before.live[at], &before.clean[at], size) != 0;
    if (dirty && random.below(8) < kept_of_8) std::memcpy(&content[at], &before.live[at], size);
  }
  after->live = after->clean = after->disk = std::move(content);
  return after;
}

class SimFileSystem final : public FileSystem {
 public:
  explicit SimFileSystem(DiskState& disk) : disk_(disk), process_(disk.process) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    const auto found = disk_.entries.find(path);
    const bool exists = found != disk_.entries.end();
    if (mode == OpenMode::create && exists) {
      return fail(Code::already_exists, fmt::format("cannot open \"{}\": File exists", path));
    }
    if ((mode == OpenMode::read || mode == OpenMode::read_write) && !exists) {
      return missing("open", path);
    }
    if (!exists) {
      if (!disk_.has_room(0)) return disk_full(path);
      disk_.set_entry(path, std::make_shared<Inode>());
    } else if (mode == OpenMode::replace) {
      found->second->resize_live(0);
    }
    return std::make_unique<SimFile>(disk_, disk_.entries[path], path);
  }

  Status create_directories(const std::string&) override { return {}; }

  Status rename(const std::string& from, const std::string& to) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    const auto found = disk_.entries.find(from);
    if (found == disk_.entries.end()) return missing("rename", from);
    disk_.set_entry(to, found->second);
    disk_.set_entry(from, nullptr);
    return {};
  }

  Status remove(const std::string& path) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    if (!disk_.entries.contains(path)) return missing("remove", path);
    disk_.set_entry(path, nullptr);
    return {};
  }

  Result<bool> exists(const std::string& path) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    return disk_.entries.contains(path);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    std::vector<std::string> names;
    for (const auto& [path, inode] : disk_.entries) {
      if (directory_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
    }
    return names;  // the map is sorted
  }

  Status sync_directory(const std::string& directory) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    std::erase_if(disk_.pending, [&](const PendingEntry& change) OCTAVO_REQUIRES(disk_.mutex) {
      if (directory_of(change.path) != directory) return false;
      disk_.persist(change);
      return true;
    });
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string&) override {
    const MutexLock lock(disk_.mutex);
    const std::uint64_t used = disk_.used();
    return used < disk_.capacity ? disk_.capacity - used : 0;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const MutexLock lock(disk_.mutex);
    if (dead()) return dead_process();
    if (!disk_.locks.insert(path).second) {
      return fail(Code::unavailable, fmt::format("\"{}\" is locked by process {}: another server "
                                                 "is using this directory",
                                                 path, disk_.process));
    }
    return std::make_unique<SimLock>(disk_, path);
  }

  std::string boot_id() override {
    const MutexLock lock(disk_.mutex);
    return fmt::format("boot-{}", disk_.boots);
  }

 private:
  bool dead() const OCTAVO_REQUIRES(disk_.mutex) { return process_ != disk_.process; }

  static std::unexpected<Error> missing(std::string_view action, const std::string& path) {
    return fail(Code::not_found,
                fmt::format("cannot {} \"{}\": No such file or directory", action, path));
  }

  DiskState& disk_;
  std::uint64_t process_;
};

class SimDiskImpl final : public SimDisk {
 public:
  explicit SimDiskImpl(std::uint64_t seed) : disk_(seed) {}

  std::unique_ptr<FileSystem> mount() override { return std::make_unique<SimFileSystem>(disk_); }

  void power_cut() override {
    const MutexLock lock(disk_.mutex);
    // Metadata reaches the disk in order: a prefix of the changes survives.
    const std::size_t survivors = disk_.random.below(disk_.pending.size() + 1);
    for (std::size_t i = 0; i < survivors; ++i) disk_.persist(disk_.pending[i]);
    std::map<const Inode*, InodePointer> successors;  // a file may have two names for a while
    for (auto& [path, inode] : disk_.durable_entries) {
      InodePointer& successor = successors[inode.get()];
      if (!successor) successor = after_power_cut(*inode, disk_.random);
      inode = successor;
    }
    disk_.entries = disk_.durable_entries;
    ++disk_.boots;
    begin_process();
  }

  void kill() override {
    const MutexLock lock(disk_.mutex);
    std::map<const Inode*, InodePointer> successors;
    const auto succeed = [&](InodePointer& inode) {
      if (!inode) return;
      InodePointer& successor = successors[inode.get()];
      if (!successor) {
        successor = std::make_shared<Inode>(*inode);
        successor->mappings = 0;
      }
      inode = successor;
    };
    for (auto& [path, inode] : disk_.entries) succeed(inode);
    for (auto& [path, inode] : disk_.durable_entries) succeed(inode);
    for (auto& change : disk_.pending) succeed(change.inode);
    const auto pending = std::move(disk_.pending);
    begin_process();
    disk_.pending = pending;
  }

  void set_capacity(std::uint64_t bytes) override {
    const MutexLock lock(disk_.mutex);
    disk_.capacity = bytes;
  }

  void fail_syncs(std::uint64_t count) override {
    const MutexLock lock(disk_.mutex);
    disk_.failing_syncs = count;
  }

  void flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) override {
    const MutexLock lock(disk_.mutex);
    Inode& inode = *disk_.entries.at(path);
    const auto flip = [&](std::vector<char>& bytes) {
      if (offset < bytes.size()) {
        bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << (bit % 8)));
      }
    };
    flip(inode.live);
    flip(inode.clean);
    flip(inode.disk);
  }

  std::uint64_t sync_count() const override {
    const MutexLock lock(disk_.mutex);
    return disk_.syncs;
  }

 private:
  void begin_process() OCTAVO_REQUIRES(disk_.mutex) {
    disk_.pending.clear();
    disk_.locks.clear();
    disk_.failing_syncs = 0;
    ++disk_.process;
  }

  mutable DiskState disk_;
};

}  // namespace

std::unique_ptr<SimDisk> make_sim_disk(std::uint64_t seed) {
  return std::make_unique<SimDiskImpl>(seed);
}

}  // namespace octavo::io
