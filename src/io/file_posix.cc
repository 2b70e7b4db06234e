#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "io/file.h"

namespace octavo::io {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Code::resource_exhausted;
    case ENOENT:
    case ENOTDIR: return Code::not_found;
    case EEXIST: return Code::already_exists;
    case EACCES:
    case EPERM: return Code::permission_denied;
    case EROFS: return Code::unavailable;
    case EIO: return Code::corrupt;
    default: return Code::internal;
  }
}

std::unexpected<Error> fail_errno(int error, std::string_view action, const std::string& path) {
  const std::string_view cause = error == ENOSPC ? "disk full" : std::strerror(error);
  return fail(code_of(error), fmt::format("cannot {} \"{}\": {}", action, path, cause));
}

// An open file number that closes itself.
class Handle {
 public:
  explicit Handle(int number) : number_(number) {}
  Handle(Handle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

int open_retrying(const std::string& path, int flags) {
  for (;;) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
    if (number >= 0 || errno != EINTR) return number;
  }
}

class PosixMapping final : public Mapping {
 public:
  PosixMapping(char* address, std::size_t size) : bytes_(address, size) {}
  ~PosixMapping() override { ::munmap(bytes_.data(), bytes_.size()); }

  std::span<char> bytes() override { return bytes_; }

  // The pages stay in the page cache, dirty or not; only our page table forgets them.
  void release(std::uint64_t offset, std::uint64_t size) override {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t first = (offset + page - 1) / page * page;
    const std::uint64_t last = std::min<std::uint64_t>(offset + size, bytes_.size()) / page * page;
    if (first < last) ::madvise(bytes_.data() + first, last - first, MADV_DONTNEED);
  }

 private:
  std::span<char> bytes_;
};

class PosixFile final : public File {
 public:
  PosixFile(Handle handle, std::string path) : handle_(std::move(handle)), path_(std::move(path)) {}

  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(handle_.number(), out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno(errno, "read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Status pwrite(std::uint64_t offset, BytesView data) override {
    while (!data.empty()) {
      const ssize_t n =
          ::pwrite(handle_.number(), data.data(), data.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno(errno, "write", path_);
      data.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Status allocate(std::uint64_t size) override {
    TRY(const std::uint64_t old_size, this->size());
    ASSERT(size >= old_size);
    for (;;) {
      const int error = ::posix_fallocate(handle_.number(), 0, static_cast<off_t>(size));
      if (error == 0) return {};
      if (error == EINTR) continue;
      // A full disk may have given part of it.
      (void)truncate(old_size);
      return fail_errno(error, "allocate room for", path_);
    }
  }

  Status truncate(std::uint64_t size) override {
    while (::ftruncate(handle_.number(), static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return fail_errno(errno, "truncate", path_);
    }
    return {};
  }

  Result<std::unique_ptr<Mapping>> map(std::uint64_t size) override {
    void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, handle_.number(), 0);
    if (address == MAP_FAILED) return fail_errno(errno, "map", path_);
    // Otherwise the kernel reads ahead into large folios, and the first write to each of their
    // pages looks at all blocks of the folio: 20 ms for a MiB rather than 1 (ext4, Linux 6.18).
    // Where the advice is refused, appending is just slower.
    (void)::madvise(address, size, MADV_RANDOM);
    return std::make_unique<PosixMapping>(static_cast<char*>(address), size);
  }

  Status sync_data() override {
    while (::fdatasync(handle_.number()) != 0) {
      if (errno != EINTR) return fail_errno(errno, "sync", path_);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat info;
    if (::fstat(handle_.number(), &info) != 0) return fail_errno(errno, "look at", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

  const std::string& path() const override { return path_; }

 private:
  Handle handle_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Handle handle) : handle_(std::move(handle)) {}

 private:
  Handle handle_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::read_write: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::replace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  std::unreachable();
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int number = open_retrying(path, flags_of(mode));
    if (number < 0) return fail_errno(errno, "open", path);
    return std::make_unique<PosixFile>(Handle(number), path);
  }

  Status create_directories(const std::string& path) override {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      if (::mkdir(part.c_str(), 0750) != 0 && errno != EEXIST) {
        return fail_errno(errno, "create directory", part);
      }
      if (end == std::string::npos) break;
    }
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return fail_errno(errno, "look at", path);
    if (!S_ISDIR(info.st_mode)) return fail_errno(ENOTDIR, "use as a directory", path);
    return {};
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno(errno, "rename", from);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return fail_errno(errno, "remove", path);
    return {};
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return fail_errno(errno, "look at", path);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (!stream) return fail_errno(errno, "list", directory);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      struct stat info;
      const std::string name = entry->d_name;
      if (::stat(join_path(directory, name).c_str(), &info) != 0) continue;  // gone meanwhile
      if (S_ISREG(info.st_mode)) names.push_back(name);
    }
    if (errno != 0) return fail_errno(errno, "list", directory);
    std::ranges::sort(names);
    return names;
  }

  Status sync_directory(const std::string& directory) override {
    const Handle handle(open_retrying(directory, O_RDONLY | O_DIRECTORY));
    if (handle.number() < 0) return fail_errno(errno, "open", directory);
    if (::fsync(handle.number()) != 0) return fail_errno(errno, "sync", directory);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& directory) override {
    struct statvfs info;
    if (::statvfs(directory.c_str(), &info) != 0) return fail_errno(errno, "look at", directory);
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    int number = open_retrying(path, O_RDWR | O_CREAT);
    const bool may_write = number >= 0;
    if (!may_write && (errno == EROFS || errno == EACCES)) {
      number = open_retrying(path, O_RDONLY);
      // Nobody has ever locked it, and nobody can begin to.
      if (number < 0 && errno == ENOENT) return std::make_unique<PosixLock>(Handle(-1));
    }
    if (number < 0) return fail_errno(errno, "open", path);
    Handle handle(number);
    while (::flock(handle.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return fail_errno(errno, "lock", path);
      return fail(Code::unavailable, fmt::format("\"{}\" is locked by {}: another server is "
                                                 "using this directory",
                                                 path, holder(handle)));
    }
    if (!may_write) return std::make_unique<PosixLock>(std::move(handle));
    // For the message above only; the lock is the kernel's and ends with the process.
    const std::string text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(handle.number(), 0) != 0 ||
        ::pwrite(handle.number(), text.data(), text.size(), 0) < 0) {
      return fail_errno(errno, "write", path);
    }
    return std::make_unique<PosixLock>(std::move(handle));
  }

  std::string boot_id() override {
    auto id = read_small("/proc/sys/kernel/random/boot_id");
    while (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
  }

 private:
  // Files of /proc have no size that `read_file` could use.
  static std::string read_small(const std::string& path) {
    const Handle handle(open_retrying(path, O_RDONLY));
    char buffer[128];
    const ssize_t n = handle.number() < 0 ? -1 : ::read(handle.number(), buffer, sizeof(buffer));
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }

  static std::string holder(const Handle& handle) {
    char buffer[32];
    const ssize_t n = ::pread(handle.number(), buffer, sizeof(buffer), 0);
    const std::string_view text(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    return digits.empty() ? std::string("another process") : fmt::format("process {}", digits);
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace octavo::io
