#include "exec/spill_space.h"

#include <fmt/format.h>

#include "base/logging.h"

namespace octavo::exec {
namespace {

constexpr std::string_view kSuffix = ".rows";

// In words for clients, whom the directory is no business of.
std::unexpected<Error> refused(const Error& why, std::string_view doing) {
  log_warning("a query's rows", {{"reason", why.what}});
  if (why.code == Code::resource_exhausted) {
    return fail(
        Code::resource_exhausted,
        fmt::format("The query needs more memory than it may use, and its rows could not be "
                    "{} disk: the disk is full, or too many files are open.",
                    doing));
  }
  return fail(why.code, fmt::format("The rows of the query could not be {} disk.", doing));
}

}  // namespace

SpillFile::~SpillFile() { space_.give_back(size_); }

Status SpillFile::append(BytesView bytes) {
  TRY_STATUS(space_.take(bytes.size()));
  if (const Status written = file_->pwrite(size_, bytes); !written) {
    space_.give_back(bytes.size());
    return refused(written.error(), "written to");
  }
  size_ += bytes.size();
  return {};
}

Status SpillFile::read(std::uint64_t offset, std::span<char> out) {
  const auto read = file_->pread(offset, out);
  if (!read) return refused(read.error(), "read from");
  if (*read == out.size()) return {};
  return refused({.code = Code::corrupt, .what = "\"" + file_->path() + "\" ends too early"},
                 "read from");
}

Status SpillSpace::open() {
  TRY_STATUS(files_.create_directories(options_.directory));
  TRY(const auto names, files_.list(options_.directory));
  for (const std::string& name : names) {
    // Whatever else is there is somebody else's.
    if (!name.ends_with(kSuffix)) continue;
    TRY_STATUS(files_.remove(io::join_path(options_.directory, name)));
  }
  return {};
}

Result<std::unique_ptr<SpillFile>> SpillSpace::create() {
  const std::uint64_t number = created_.fetch_add(1, std::memory_order_relaxed);
  const std::string path = io::join_path(options_.directory, fmt::format("{}{}", number, kSuffix));
  auto file = files_.open(path, io::OpenMode::create);
  if (!file) return refused(file.error(), "written to");
  if (const Status unnamed = files_.remove(path); !unnamed) {
    return refused(unnamed.error(), "written to");
  }
  return std::unique_ptr<SpillFile>(new SpillFile(*this, *std::move(file)));
}

Status SpillSpace::take(std::uint64_t bytes) {
  const std::uint64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::uint64_t limit = options_.limit_bytes;
  if (limit == 0) {
    const auto free = files_.free_bytes(options_.directory);
    limit = free ? *free / 2 + used / 2 : used;
  }
  if (used <= limit) {
    written_.fetch_add(bytes, std::memory_order_relaxed);
    return {};
  }
  give_back(bytes);
  return fail(
      Code::resource_exhausted,
      fmt::format("The query needs more memory than it may use, and the rows of all queries "
                  "on disk would take more than the {} MiB that they may (spill-limit).",
                  limit / kMiB));
}

}  // namespace octavo::exec
