#include "kv/rocks_manifest.h"

#include <fmt/format.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/checksum.h"
#include "base/limits.h"

namespace octavo::kv {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::size_t kBlockBytes = 32 * kKiB;
constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kSectorBytes = 512;  // what a disk writes as a whole, at least

// Types of records. A payload that does not fit its block is cut into a first, middle ones and a
// last.
constexpr std::uint8_t kFull = 1;
constexpr std::uint8_t kLast = 4;

// As in leveldb's util/crc32c.h: a checksum is not stored as it is, since payloads may hold some.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

// Whether a sector of [from, to), or the part of one that lies in it, holds nothing but zeros.
bool lacks_sector(BytesView file, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to;) {
    const std::size_t next = std::min(to, (at / kSectorBytes + 1) * kSectorBytes);
    const BytesView part = file.substr(at, next - at);
    if (part.find_first_not_of('\0') == BytesView::npos) return true;
    at = next;
  }
  return false;
}

class MemoryFile final : public rocksdb::FSSequentialFile {
 public:
  explicit MemoryFile(Bytes bytes) : bytes_(std::move(bytes)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    const std::size_t size = std::min(n, bytes_.size() - offset_);
    std::copy_n(bytes_.data() + offset_, size, scratch);
    *result = Slice(scratch, size);
    offset_ += size;
    return IOStatus::OK();
  }
  IOStatus Skip(uint64_t n) override {
    offset_ += static_cast<std::size_t>(std::min<std::uint64_t>(n, bytes_.size() - offset_));
    return IOStatus::OK();
  }

 private:
  Bytes bytes_;
  std::size_t offset_ = 0;
};

IOStatus read_all(rocksdb::FSSequentialFile& file, Bytes& out) {
  Bytes piece(64 * kKiB, '\0');
  while (true) {
    Slice got;
    IOStatus status = file.Read(piece.size(), IOOptions(), &got, piece.data(), nullptr);
    if (!status.ok() || got.empty()) return status;
    out.append(got.data(), got.size());
  }
}

class ManifestFiles final : public rocksdb::FileSystemWrapper {
 public:
  ManifestFiles(std::shared_ptr<rocksdb::FileSystem> files,
                std::function<void(const std::string&)> on_notice)
      : FileSystemWrapper(files), on_notice_(std::move(on_notice)) {}
  const char* Name() const override { return "octavo-manifest-files"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewSequentialFile(path, options, result, debug);
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (!status.ok() || !name.starts_with("MANIFEST-")) return status;
    Bytes bytes;
    status = read_all(**result, bytes);
    if (!status.ok()) return status;
    if (const std::size_t end = end_of_manifest(bytes); end < bytes.size()) {
      if (on_notice_) {
        on_notice_(fmt::format(
            "storage: the last {} bytes of {} were not completely written when the machine "
            "stopped; they are left out, and what they were about is taken from the log again",
            bytes.size() - end, name));
      }
      bytes.resize(end);
    }
    *result = std::make_unique<MemoryFile>(std::move(bytes));
    return status;
  }

 private:
  std::function<void(const std::string&)> on_notice_;
};

}  // namespace

std::size_t end_of_manifest(BytesView manifest) {
  std::size_t end = 0;  // of the last whole record
  for (std::size_t at = 0; at < manifest.size();) {
    const std::size_t left_of_block = kBlockBytes - at % kBlockBytes;
    if (left_of_block < kHeaderBytes) {  // too little for a header: filled up with zeros
      at += left_of_block;
      continue;
    }
    if (manifest.size() - at < kHeaderBytes) break;  // cut off, which RocksDB knows
    const char* header = manifest.data() + at;
    const auto length = load_le<std::uint16_t>(header + 4);
    const auto type = static_cast<std::uint8_t>(header[6]);
    const std::size_t size = kHeaderBytes + length;
    if (size <= left_of_block && size > manifest.size() - at) break;
    const bool whole =
        size <= left_of_block && type != 0 &&
        masked(crc32c(manifest.substr(at + 6, length + 1U))) == load_le<std::uint32_t>(header);
    if (!whole) {
      const std::size_t reach = at + std::min(size, left_of_block);
      return lacks_sector(manifest, at, std::min(reach, manifest.size())) ? end : manifest.size();
    }
    at += size;
    if (type == kFull || type == kLast) end = at;
  }
  return manifest.size();
}

std::shared_ptr<rocksdb::FileSystem> make_manifest_files(
    std::shared_ptr<rocksdb::FileSystem> files, std::function<void(const std::string&)> on_notice) {
  return std::make_shared<ManifestFiles>(std::move(files), std::move(on_notice));
}

}  // namespace octavo::kv
