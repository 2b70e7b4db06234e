#pragma once

// A disk in memory whose syncs a test holds back.

#include <memory>
#include <string>
#include <vector>

#include "base/condition.h"
#include "base/mutex.h"
#include "io/file.h"
#include "io/sim_file.h"

namespace octavo::echo {

class SyncGate {
 public:
  void close() {
    const MutexLock lock(mutex_);
    open_ = false;
  }
  void open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Until somebody waits at the closed gate.
  void wait_for_sync() {
    const MutexLock lock(mutex_);
    while (waiting_ == 0) changed_.wait(mutex_);
  }
  void pass() {
    const MutexLock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (!open_) changed_.wait(mutex_);
    --waiting_;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool open_ OCTAVO_GUARDED_BY(mutex_) = true;
  int waiting_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

class GatedFile final : public io::File {
 public:
  GatedFile(std::unique_ptr<io::File> file, SyncGate& gate) : file_(std::move(file)), gate_(gate) {}
  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    return file_->pread(offset, out);
  }
  Status pwrite(std::uint64_t offset, BytesView data) override {
    return file_->pwrite(offset, data);
  }
  Status allocate(std::uint64_t size) override { return file_->allocate(size); }
  Status truncate(std::uint64_t size) override { return file_->truncate(size); }
  Result<std::unique_ptr<io::Mapping>> map(std::uint64_t size) override { return file_->map(size); }
  Status sync_data() override {
    gate_.pass();
    return file_->sync_data();
  }
  Result<std::uint64_t> size() override { return file_->size(); }
  const std::string& path() const override { return file_->path(); }

 private:
  std::unique_ptr<io::File> file_;
  SyncGate& gate_;
};

class GatedDisk final : public io::FileSystem {
 public:
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    TRY(std::unique_ptr<io::File> file, files_->open(path, mode));
    return std::make_unique<GatedFile>(std::move(file), gate);
  }
  Status create_directories(const std::string& path) override {
    return files_->create_directories(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return files_->rename(from, to);
  }
  Status remove(const std::string& path) override { return files_->remove(path); }
  Result<bool> exists(const std::string& path) override { return files_->exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return files_->list(directory);
  }
  Status sync_directory(const std::string& directory) override {
    return files_->sync_directory(directory);
  }
  Result<std::uint64_t> free_bytes(const std::string& directory) override {
    return files_->free_bytes(directory);
  }
  Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override {
    return files_->lock(path);
  }
  std::string boot_id() override { return files_->boot_id(); }

  SyncGate gate;
  const std::unique_ptr<io::SimDisk> disk = io::make_sim_disk(1);

 private:
  const std::unique_ptr<io::FileSystem> files_ = disk->mount();
};

}  // namespace octavo::echo
