#include "base/lsn.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/checksum.h"

namespace octavo {
namespace {
constexpr std::string_view kCursorPrefix = "o1-";
constexpr std::size_t kMaxPartitions = 4096;
}  // namespace

void put_lsn(Bytes& out, const Lsn& lsn) {
  put_le(out, lsn.partition);
  put_le(out, lsn.generation);
  put_le(out, lsn.offset);
}

std::optional<Lsn> get_lsn(ByteReader& reader) {
  if (reader.rest().size() < kEncodedLsnSize) return std::nullopt;
  Lsn lsn;
  lsn.partition = *reader.get_le<std::uint16_t>();
  lsn.generation = *reader.get_le<std::uint16_t>();
  lsn.offset = *reader.get_le<std::uint64_t>();
  return lsn;
}

void put_lsn_vector(Bytes& out, const LsnVector& vector) {
  put_le(out, static_cast<std::uint16_t>(vector.parts.size()));
  for (const Lsn& lsn : vector.parts) put_lsn(out, lsn);
}

std::optional<LsnVector> get_lsn_vector(ByteReader& reader) {
  const auto count = reader.get_le<std::uint16_t>();
  if (!count || *count > kMaxPartitions) return std::nullopt;
  LsnVector vector;
  for (std::uint16_t i = 0; i < *count; ++i) {
    const auto lsn = get_lsn(reader);
    if (!lsn) return std::nullopt;
    vector.parts.push_back(*lsn);
  }
  return vector;
}

std::string format_cursor(const Cursor& cursor) {
  Bytes raw;
  put_lsn_vector(raw, cursor.at);
  put_le(raw, cursor.index);
  put_le(raw, crc32c(raw));
  return std::string(kCursorPrefix) + base64_url_encode(raw);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  if (!text.starts_with(kCursorPrefix)) return std::nullopt;
  const auto raw = base64_url_decode(text.substr(kCursorPrefix.size()));
  if (!raw || raw->size() < 4) return std::nullopt;
  const BytesView body = BytesView(*raw).substr(0, raw->size() - 4);
  if (load_le<std::uint32_t>(raw->data() + body.size()) != crc32c(body)) return std::nullopt;
  ByteReader reader(body);
  auto at = get_lsn_vector(reader);
  if (!at) return std::nullopt;
  const auto index = reader.get_le<std::uint32_t>();
  if (!index || !reader.empty()) return std::nullopt;
  return Cursor{std::move(*at), *index};
}

std::string format_lsn(const Lsn& lsn) {
  return fmt::format("{}:{}:{}", lsn.partition, lsn.generation, lsn.offset);
}

}  // namespace octavo
