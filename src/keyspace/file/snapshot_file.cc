#include "keyspace/file/snapshot_file.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::keyspace {
namespace {

constexpr std::size_t kStepBytes = 256 * kKiB;  // what is written under one hold of the mutex
constexpr std::size_t kReadBytes = 1 * kMiB;
// Synced as it grows: one sync of a large file at the end could not be given up.
constexpr std::uint64_t kSyncBytes = 32 * kMiB;

Error named(Error error, const std::string& path) {
  error.what = path + ": " + error.what;
  return error;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(io::File& file, Snapshotter& snapshotter, const SnapshotProgress& progress) {
  std::uint64_t offset = 0;
  std::uint64_t synced = 0;
  Bytes out;
  for (bool more = true; more;) {
    out.clear();
    more = snapshotter.step(out, kStepBytes);
    TRY_STATUS(file.pwrite(offset, out));
    offset += out.size();
    if (offset - synced >= kSyncBytes) {
      TRY_STATUS(file.sync_data());
      synced = offset;
    }
    const auto total = static_cast<double>(std::max<std::uint64_t>(snapshotter.keys_total(), 1));
    if (progress && !progress(static_cast<double>(snapshotter.keys_written()) / total)) {
      return fail(Code::cancelled, "keyspace snapshot cancelled");
    }
  }
  return file.sync_data();
}

}  // namespace

Status write_snapshot_file(io::FileSystem& files, const std::string& path, Snapshotter& snapshotter,
                           const SnapshotProgress& progress) {
  const std::string temporary = path + ".tmp";
  Status written;
  {
    TRY(auto file, files.open(temporary, io::OpenMode::replace));
    written = write_all(*file, snapshotter, progress);
  }
  if (!written) {
    // The room matters more than the reason why it cannot be given back.
    static_cast<void>(files.remove(temporary));
    return written;
  }
  TRY_STATUS(files.rename(temporary, path));
  return files.sync_directory(directory_of(path));
}

Result<SnapshotHeader> load_snapshot_file(io::FileSystem& files, const std::string& path,
                                          Keyspace& keyspace, const SnapshotProgress& progress) {
  TRY(auto file, files.open(path, io::OpenMode::read));
  TRY(const std::uint64_t size, file->size());
  SnapshotLoader loader(keyspace);
  Bytes piece(kReadBytes, '\0');
  for (std::uint64_t offset = 0; offset < size;) {
    TRY(const std::size_t got, file->pread(offset, std::span(piece)));
    if (got == 0) break;
    if (auto fed = loader.feed(BytesView(piece).substr(0, got)); !fed) {
      return fail(named(std::move(fed).error(), path));
    }
    offset += got;
    if (progress && !progress(static_cast<double>(offset) / static_cast<double>(size))) {
      return fail(Code::cancelled, path + ": loading cancelled");
    }
  }
  if (auto done = loader.finish(); !done) return fail(named(std::move(done).error(), path));
  return loader.header();
}

}  // namespace octavo::keyspace
