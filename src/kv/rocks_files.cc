#include "kv/rocks_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <vector>

#include "kv/rocks_status.h"

namespace octavo::kv {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus to_rocks(const Status& status) {
  return status ? IOStatus::OK() : kv::to_rocks(status.error());
}

IOStatus read_at(io::File& file, std::uint64_t offset, std::size_t size, Slice* result,
                 char* scratch) {
  const Result<std::size_t> got = file.pread(offset, {scratch, size});
  if (!got) return kv::to_rocks(got.error());
  *result = Slice(scratch, *got);
  return IOStatus::OK();
}

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(std::unique_ptr<io::File> file) : file_(std::move(file)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    IOStatus status = read_at(*file_, offset_, n, result, scratch);
    if (status.ok()) offset_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    offset_ += n;
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(std::unique_ptr<io::File> file) : file_(std::move(file)) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return read_at(*file_, offset, n, result, scratch);
  }

 private:
  std::unique_ptr<io::File> file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(std::unique_ptr<io::File> file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    IOStatus status = to_rocks(file_->pwrite(size_, BytesView(data.data(), data.size())));
    if (status.ok()) size_ += data.size();
    return status;
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    IOStatus status = to_rocks(file_->truncate(size));
    if (status.ok()) size_ = size;
    return status;
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return to_rocks(file_->sync_data()); }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  std::unique_ptr<io::File> file_;
  std::uint64_t size_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  Directory(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return to_rocks(files_.sync_directory(path_));
  }

 private:
  io::FileSystem& files_;
  std::string path_;
};

class Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::unique_ptr<io::FileLock> lock) : lock_(std::move(lock)) {}

 private:
  std::unique_ptr<io::FileLock> lock_;
};

class Files final : public rocksdb::FileSystem {
 public:
  explicit Files(io::FileSystem& files) : files_(files) {}
  const char* Name() const override { return "octavo::kv::Files"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    return open<SequentialFile>(path, io::OpenMode::read, result);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    return open<RandomAccessFile>(path, io::OpenMode::read, result);
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    return open<WritableFile>(path, io::OpenMode::replace, result, std::uint64_t{0});
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext* debug) override {
    auto file = files_.open(path, io::OpenMode::read_write);
    if (!file && file.error().code == Code::not_found) {
      return NewWritableFile(path, options, result, debug);
    }
    if (!file) return kv::to_rocks(file.error());
    const Result<std::uint64_t> size = (*file)->size();
    if (!size) return kv::to_rocks(size.error());
    *result = std::make_unique<WritableFile>(*std::move(file), *size);
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    *result = std::make_unique<Directory>(files_, path);
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    const Result<bool> there = files_.exists(path);
    if (!there) return kv::to_rocks(there.error());
    return *there ? IOStatus::OK() : IOStatus::NotFound(path);
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    auto names = files_.list(path);
    if (!names) return kv::to_rocks(names.error());
    *result = *std::move(names);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return to_rocks(files_.remove(path));
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return to_rocks(files_.create_directories(path));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return to_rocks(files_.create_directories(path));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported(path);
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* size,
                       IODebugContext*) override {
    auto file = files_.open(path, io::OpenMode::read);
    if (!file) return kv::to_rocks(file.error());
    const Result<std::uint64_t> bytes = (*file)->size();
    if (!bytes) return kv::to_rocks(bytes.error());
    *size = *bytes;
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& source, const std::string& target, const IOOptions&,
                      IODebugContext*) override {
    return to_rocks(files_.rename(source, target));
  }
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** result,
                    IODebugContext*) override {
    auto lock = files_.lock(path);
    if (!lock) return kv::to_rocks(lock.error());
    *result = new Lock(*std::move(lock));  // RocksDB gives it back to UnlockFile
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    delete lock;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) override {
    return IOStatus::NotSupported("test directory");
  }
  IOStatus NewLogger(const std::string& path, const IOOptions&, std::shared_ptr<rocksdb::Logger>*,
                     IODebugContext*) override {
    return IOStatus::NotSupported(path);
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions&, uint64_t* bytes,
                        IODebugContext*) override {
    const Result<std::uint64_t> free = files_.free_bytes(path);
    if (!free) return kv::to_rocks(free.error());
    *bytes = *free;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string&, const IOOptions&, bool* result,
                       IODebugContext*) override {
    *result = false;
    return IOStatus::OK();
  }

 private:
  template <class Wrapper, class Interface, class... Arguments>
  IOStatus open(const std::string& path, io::OpenMode mode, std::unique_ptr<Interface>* result,
                Arguments... arguments) {
    auto file = files_.open(path, mode);
    if (!file) return kv::to_rocks(file.error());
    *result = std::make_unique<Wrapper>(*std::move(file), arguments...);
    return IOStatus::OK();
  }

  io::FileSystem& files_;
};

class GatedFiles final : public rocksdb::FileSystemWrapper {
 public:
  GatedFiles(std::shared_ptr<rocksdb::FileSystem> files,
             std::shared_ptr<const std::atomic<bool>> closed)
      : FileSystemWrapper(files), closed_(std::move(closed)) {}
  const char* Name() const override { return "octavo-gated-files"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    if (path.ends_with(".sst") && *closed_) {
      return IOStatus::IOError(path, "not written: the log could not be made durable before it");
    }
    return FileSystemWrapper::NewWritableFile(path, options, result, debug);
  }

 private:
  std::shared_ptr<const std::atomic<bool>> closed_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> make_gated_files(
    std::shared_ptr<rocksdb::FileSystem> files, std::shared_ptr<const std::atomic<bool>> closed) {
  return std::make_shared<GatedFiles>(std::move(files), std::move(closed));
}

std::shared_ptr<rocksdb::FileSystem> make_rocks_files(io::FileSystem& files) {
  return std::make_shared<Files>(files);
}

}  // namespace octavo::kv
