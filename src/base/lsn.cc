#include "base/lsn.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/checksum.h"
#include "base/lsn_parts.h"
#include "base/text.h"

namespace octavo {
namespace {
constexpr std::string_view kCursorPrefix = "o1-";
constexpr std::size_t kMaxPartitions = 4096;
}  // namespace

void store_lsn(char* target, const Lsn& lsn) {
  store_le(target, lsn.partition());
  store_le(target + 2, generation_of(lsn));
  store_le(target + 4, offset_of(lsn));
}

void put_lsn(Bytes& out, const Lsn& lsn) {
  char encoded[kEncodedLsnSize];
  store_lsn(encoded, lsn);
  out.append(encoded, sizeof encoded);
}

std::optional<Lsn> get_lsn(ByteReader& reader) {
  if (reader.rest().size() < kEncodedLsnSize) return std::nullopt;
  const auto partition = *reader.get_le<std::uint16_t>();
  const auto generation = *reader.get_le<std::uint16_t>();
  return join_lsn(partition, generation, *reader.get_le<std::uint64_t>());
}

void put_ordered_lsn(Bytes& out, const Lsn& lsn) {
  put_be(out, lsn.partition());
  put_be(out, generation_of(lsn));
  put_be(out, offset_of(lsn));
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
  return fmt::format("{}:{}:{}", lsn.partition(), generation_of(lsn), offset_of(lsn));
}

std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto partition = parse_number<std::uint16_t>(text.substr(0, first));
  const auto generation = parse_number<std::uint16_t>(text.substr(first + 1, second - first - 1));
  const auto offset = parse_number<std::uint64_t>(text.substr(second + 1));
  if (!partition || !generation || !offset) return std::nullopt;
  return join_lsn(*partition, *generation, *offset);
}

std::string format_lsn_name(const Lsn& lsn) {
  const std::string place = fmt::format("{:05}-{:020}", generation_of(lsn), offset_of(lsn));
  return lsn.partition() == 0 ? place : fmt::format("{:05}-{}", lsn.partition(), place);
}

std::optional<Lsn> parse_lsn_name(std::string_view name) {
  const std::size_t offset_at = name.rfind('-');
  if (offset_at == std::string_view::npos) return std::nullopt;
  const auto offset = parse_number<std::uint64_t>(name.substr(offset_at + 1));
  name = name.substr(0, offset_at);
  std::optional<std::uint16_t> partition = 0;
  if (const std::size_t dash = name.find('-'); dash != std::string_view::npos) {
    partition = parse_number<std::uint16_t>(name.substr(0, dash));
    if (partition == 0) return std::nullopt;  // never written like that
    name.remove_prefix(dash + 1);
  }
  const auto generation = parse_number<std::uint16_t>(name);
  if (!partition || !generation || !offset) return std::nullopt;
  return join_lsn(*partition, *generation, *offset);
}

}  // namespace octavo
