#include "io/file.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace octavo::io {
namespace {
constexpr std::uint64_t kMaxWholeFileBytes = 1 * kGiB;
}

std::string join_path(const std::string& directory, const std::string& name) {
  if (directory.empty() || directory.ends_with('/')) return directory + name;
  return directory + "/" + name;
}

Result<Bytes> read_file(FileSystem& files, const std::string& path) {
  TRY(const auto file, files.open(path, OpenMode::read));
  TRY(const std::uint64_t size, file->size());
  if (size > kMaxWholeFileBytes) {
    return fail(Code::out_of_range, fmt::format("\"{}\" is larger than a file of ours", path));
  }
  Bytes content(static_cast<std::size_t>(size), '\0');
  TRY(const std::size_t read, file->pread(0, content));
  content.resize(read);
  return content;
}

Status write_file_atomic(FileSystem& files, const std::string& path, BytesView data) {
  const std::string temporary = path + ".tmp";
  const auto fill_and_rename = [&]() -> Status {
    TRY(const auto file, files.open(temporary, OpenMode::replace));
    TRY_STATUS(file->pwrite(0, data));
    TRY_STATUS(file->sync_data());
    return files.rename(temporary, path);
  };
  if (Status done = fill_and_rename(); !done) {
    (void)files.remove(temporary);  // the reason why it is of no use matters more
    return done;
  }
  const auto slash = path.rfind('/');
  return files.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace octavo::io
