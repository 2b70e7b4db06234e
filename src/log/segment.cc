#include "log/segment.h"

#include <fmt/format.h>

#include <atomic>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/text.h"

namespace octavo::log {
namespace {

constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kChecksumAt = 4;
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kGenerationAt = 10;
constexpr std::size_t kSaltAt = 12;
constexpr std::size_t kClusterAt = 16;
constexpr std::size_t kStartAt = 32;
constexpr std::size_t kPreviousEndAt = 40;
constexpr std::size_t kBaseTimeAt = 48;
constexpr std::size_t kFieldsEnd = 56;
constexpr std::size_t kMarkAt = kDurableMarkPlace;
constexpr std::size_t kSectorSize = 512;
static_assert(kMarkAt % sizeof(std::uint64_t) == 0);
static_assert(kMarkAt + sizeof(std::uint64_t) <= kSectorSize);

constexpr std::string_view kSuffix = ".seg";
constexpr std::size_t kNameSize = 4 + 1 + 16 + kSuffix.size();

std::uint32_t mark_checksum(const SegmentHeader& header, std::uint32_t units) {
  char buffer[12];
  store_le(buffer, header.start);
  store_le(buffer + 8, units);
  return crc32c(BytesView(buffer, sizeof(buffer)), header.salt);
}

}  // namespace

void encode_segment_header(char* target, const SegmentHeader& header) {
  std::memset(target, 0, kSectorSize);
  store_le(target + kMagicAt, kSegmentMagic);
  store_le(target + kFormatAt, kSegmentFormat);
  store_le(target + kGenerationAt, header.generation);
  store_le(target + kSaltAt, header.salt);
  std::memcpy(target + kClusterAt, header.cluster.bytes.data(), header.cluster.bytes.size());
  store_le(target + kStartAt, header.start);
  store_le(target + kPreviousEndAt, header.previous_end);
  store_le(target + kBaseTimeAt, static_cast<std::uint64_t>(header.base_time_ns));
  store_le(target + kChecksumAt, crc32c(BytesView(target + kFormatAt, kFieldsEnd - kFormatAt)));
}

Expected<SegmentHeader, SegmentHeaderFault> parse_segment_header(BytesView page) {
  if (page.size() < kSectorSize ||
      page.substr(0, kSectorSize).find_first_not_of('\0') == BytesView::npos) {
    return std::unexpected(SegmentHeaderFault::absent);
  }
  const char* source = page.data();
  if (load_le<std::uint32_t>(source + kMagicAt) != kSegmentMagic ||
      load_le<std::uint32_t>(source + kChecksumAt) !=
          crc32c(page.substr(kFormatAt, kFieldsEnd - kFormatAt)) ||
      load_le<std::uint16_t>(source + kFormatAt) != kSegmentFormat) {
    return std::unexpected(SegmentHeaderFault::bad);
  }
  SegmentHeader header;
  header.generation = load_le<std::uint16_t>(source + kGenerationAt);
  header.salt = load_le<std::uint32_t>(source + kSaltAt);
  std::memcpy(header.cluster.bytes.data(), source + kClusterAt, header.cluster.bytes.size());
  header.start = load_le<std::uint64_t>(source + kStartAt);
  header.previous_end = load_le<std::uint64_t>(source + kPreviousEndAt);
  header.base_time_ns = static_cast<std::int64_t>(load_le<std::uint64_t>(source + kBaseTimeAt));
  if (header.start > kMaxSegmentStart || header.previous_end > header.start ||
      header.start % kRecordAlignment != 0 || header.previous_end % kRecordAlignment != 0) {
    return std::unexpected(SegmentHeaderFault::bad);
  }
  return header;
}

void store_durable_mark(char* page, const SegmentHeader& header, std::uint64_t offset) {
  ASSERT(offset >= header.start);
  const std::uint64_t wide_units = (offset - header.start) / kRecordAlignment;
  const auto units = static_cast<std::uint32_t>(wide_units);
  ASSERT(units == wide_units);
  std::uint64_t word = std::uint64_t{mark_checksum(header, units)} << 32 | units;
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(page + kMarkAt))
      .store(word, std::memory_order_release);
}

std::optional<std::uint64_t> load_durable_mark(BytesView page, const SegmentHeader& header) {
  if (page.size() < kSectorSize) return std::nullopt;
  const auto word = load_le<std::uint64_t>(page.data() + kMarkAt);
  if (word == 0) return 0;
  const auto units = static_cast<std::uint32_t>(word);
  if (static_cast<std::uint32_t>(word >> 32) != mark_checksum(header, units)) return std::nullopt;
  return header.start + std::uint64_t{units} * kRecordAlignment;
}

std::uint32_t record_seed(std::uint32_t salt, std::uint64_t offset) {
  char buffer[8];
  store_le(buffer, offset);
  return crc32c(BytesView(buffer, sizeof(buffer)), salt);
}

std::string format_segment_name(SegmentName name) {
  return fmt::format("{:04x}-{:016x}{}", name.generation, name.start, kSuffix);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  if (name.size() != kNameSize || !name.ends_with(kSuffix) || name[4] != '-') return std::nullopt;
  const auto generation = parse_number<std::uint16_t>(name.substr(0, 4), 16);
  const auto start = parse_number<std::uint64_t>(name.substr(5, 16), 16);
  if (!generation || !start || *start > kMaxSegmentStart) return std::nullopt;
  return SegmentName{.generation = *generation, .start = *start};
}

}  // namespace octavo::log
