#include "log/identity.h"

#include <fmt/format.h>

#include "base/checksum.h"

namespace octavo::log {
namespace {
constexpr std::uint32_t kIdentityMagic = 0x4954434f;  // "OCTI"
constexpr std::uint16_t kIdentityFormat = 1;
constexpr std::size_t kMaxBootIdBytes = 256;
}  // namespace

Bytes encode_identity(const Identity& identity) {
  Bytes out;
  put_le(out, kIdentityMagic);
  put_le(out, kIdentityFormat);
  put_le(out, identity.generation);
  out.append(identity.cluster.bytes.data(), identity.cluster.bytes.size());
  put_le(out, identity.incarnation);
  put_le(out, static_cast<std::uint8_t>(identity.clean ? 1 : 0));
  put_le(out, identity.tail);
  put_length_prefixed(out, BytesView(identity.boot_id).substr(0, kMaxBootIdBytes));
  put_le(out, crc32c(out));
  return out;
}

std::optional<Identity> parse_identity(BytesView bytes) {
  constexpr std::size_t kChecksumSize = sizeof(std::uint32_t);
  if (bytes.size() < kChecksumSize) return std::nullopt;
  const BytesView body = bytes.substr(0, bytes.size() - kChecksumSize);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body)) return std::nullopt;
  ByteReader reader(body);
  if (reader.get_le<std::uint32_t>() != kIdentityMagic) return std::nullopt;
  if (reader.get_le<std::uint16_t>() != kIdentityFormat) return std::nullopt;
  const auto generation = reader.get_le<std::uint16_t>();
  const auto cluster = reader.get_bytes(sizeof(ClusterId::bytes));
  const auto incarnation = reader.get_le<std::uint32_t>();
  const auto clean = reader.get_le<std::uint8_t>();
  const auto tail = reader.get_le<std::uint64_t>();
  const auto boot_id = reader.get_length_prefixed();
  if (!generation || !cluster || !incarnation || !clean || !tail || !boot_id || *clean > 1 ||
      boot_id->size() > kMaxBootIdBytes || !reader.empty()) {
    return std::nullopt;
  }
  Identity identity;
  identity.generation = *generation;
  std::memcpy(identity.cluster.bytes.data(), cluster->data(), cluster->size());
  identity.incarnation = *incarnation;
  identity.clean = *clean != 0;
  identity.tail = *tail;
  identity.boot_id = Bytes(*boot_id);
  return identity;
}

Result<Identity> read_identity(io::FileSystem& files, const std::string& directory) {
  const std::string path = io::join_path(directory, kIdentityFile);
  TRY(const Bytes bytes, io::read_file(files, path));
  auto identity = parse_identity(bytes);
  if (!identity) {
    return fail(Code::corrupt, fmt::format("\"{}\" is damaged or not one of ours", path));
  }
  return *std::move(identity);
}

Status write_identity(io::FileSystem& files, const std::string& directory,
                      const Identity& identity) {
  const std::string path = io::join_path(directory, kIdentityFile);
  const Bytes bytes = encode_identity(identity);
  Status written = io::write_file_atomic(files, path, bytes);
  if (written || written.error().code != Code::resource_exhausted) return written;
  // A server must be able to start on a full disk, to serve reads and to free room. The file is
  // smaller than a sector, so that writing it in place is all or nothing as well.
  TRY(const auto file, files.open(path, io::OpenMode::read_write));
  TRY(const std::uint64_t size, file->size());
  if (size < bytes.size()) return written;
  TRY_STATUS(file->pwrite(0, bytes));
  TRY_STATUS(file->truncate(bytes.size()));
  return file->sync_data();
}

}  // namespace octavo::log
