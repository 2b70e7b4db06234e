#include "log/record.h"

#include <atomic>

#include "base/assert.h"
#include "base/checksum.h"

namespace octavo::log {
namespace {

// Byte offsets of the header's fields; docs/formats/log.md has the same table.
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kChecksumAt = 4;
constexpr std::size_t kPayloadSizeAt = 8;
constexpr std::size_t kFormatAt = 12;
constexpr std::size_t kKindAt = 14;
constexpr std::size_t kFlagsAt = 15;
constexpr std::size_t kClusterAt = 16;
constexpr std::size_t kNodeAt = 32;
constexpr std::size_t kIncarnationAt = 36;
constexpr std::size_t kSequenceAt = 40;
constexpr std::size_t kTimeAt = 48;
constexpr std::size_t kTransactionCountAt = 56;
constexpr std::size_t kFeatureLevelAt = 60;
constexpr std::size_t kGenerationAt = 62;
static_assert(kGenerationAt + sizeof(std::uint16_t) == kRecordHeaderSize);
static_assert(kRecordHeaderSize % kRecordAlignment == 0);
static_assert(kMaxRecordPayload < (std::uint64_t{1} << 32));

void store_header(char* target, const RecordHeader& header) {
  store_le(target + kPayloadSizeAt, header.payload_size);
  store_le(target + kFormatAt, kRecordFormat);
  store_le(target + kKindAt, static_cast<std::uint8_t>(header.kind));
  store_le(target + kFlagsAt, header.flags);
  std::memcpy(target + kClusterAt, header.cluster.bytes.data(), header.cluster.bytes.size());
  store_le(target + kNodeAt, header.origin.node);
  store_le(target + kIncarnationAt, header.origin.incarnation);
  store_le(target + kSequenceAt, header.origin.sequence);
  store_le(target + kTimeAt, static_cast<std::uint64_t>(header.time_ns));
  store_le(target + kTransactionCountAt, header.transaction_count);
  store_le(target + kFeatureLevelAt, header.feature_level);
  store_le(target + kGenerationAt, header.generation);
}

RecordHeader load_header(const char* source) {
  RecordHeader header;
  header.kind = static_cast<RecordKind>(load_le<std::uint8_t>(source + kKindAt));
  header.flags = load_le<std::uint8_t>(source + kFlagsAt);
  header.feature_level = load_le<std::uint16_t>(source + kFeatureLevelAt);
  header.generation = load_le<std::uint16_t>(source + kGenerationAt);
  header.transaction_count = load_le<std::uint32_t>(source + kTransactionCountAt);
  header.payload_size = load_le<std::uint32_t>(source + kPayloadSizeAt);
  std::memcpy(header.cluster.bytes.data(), source + kClusterAt, header.cluster.bytes.size());
  header.origin.node = load_le<std::uint32_t>(source + kNodeAt);
  header.origin.incarnation = load_le<std::uint32_t>(source + kIncarnationAt);
  header.origin.sequence = load_le<std::uint64_t>(source + kSequenceAt);
  header.time_ns = static_cast<std::int64_t>(load_le<std::uint64_t>(source + kTimeAt));
  return header;
}

bool is_known_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(RecordKind::transactions) &&
         kind <= static_cast<std::uint8_t>(RecordKind::feature);
}

// Whether this version can read the record that begins like this.
bool is_known(BytesView header) {
  return load_le<std::uint16_t>(header.data() + kFormatAt) == kRecordFormat &&
         is_known_kind(load_le<std::uint8_t>(header.data() + kKindAt)) &&
         load_le<std::uint8_t>(header.data() + kFlagsAt) == 0;
}

bool all_zero(BytesView bytes) { return bytes.find_first_not_of('\0') == BytesView::npos; }

}  // namespace

std::string_view fault_name(RecordFault fault) {
  switch (fault) {
    case RecordFault::absent: return "no record";
    case RecordFault::bad_magic: return "not a record";
    case RecordFault::bad_header: return "unknown record format or length";
    case RecordFault::truncated: return "record cut short";
    case RecordFault::bad_checksum: return "checksum mismatch";
    case RecordFault::newer: return "a record that only a newer version can read";
  }
  return "unknown fault";
}

void encode_record(char* target, const RecordHeader& header, std::span<const BytesView> payload,
                   std::uint32_t seed) {
  char* end = target + kRecordHeaderSize;
  for (const BytesView piece : payload) {
    if (!piece.empty()) std::memcpy(end, piece.data(), piece.size());
    end += piece.size();
  }
  seal_record(target, header, payload, seed);
}

void seal_record(char* target, const RecordHeader& header, std::span<const BytesView> payload,
                 std::uint32_t seed) {
  ASSERT(header.payload_size <= kMaxRecordPayload);
  store_header(target, header);
  std::uint32_t checksum =
      crc32c(BytesView(target + kPayloadSizeAt, kRecordHeaderSize - kPayloadSizeAt), seed);
  std::size_t bytes = 0;
  for (const BytesView piece : payload) {
    checksum = crc32c(piece, checksum);
    bytes += piece.size();
  }
  ASSERT(bytes == header.payload_size);
  const std::size_t end = kRecordHeaderSize + bytes;
  std::memset(target + end, 0, record_size(bytes) - end);

  std::uint64_t first_word = std::uint64_t{checksum} << 32 | kRecordMagic;
  if constexpr (std::endian::native == std::endian::big) first_word = std::byteswap(first_word);
  ASSERT(reinterpret_cast<std::uintptr_t>(target) % alignof(std::uint64_t) == 0);
  static_assert(kMagicAt == 0 && kChecksumAt == 4);
  std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(target))
      .store(first_word, std::memory_order_release);
}

Expected<std::uint64_t, RecordFault> peek_record_size(BytesView input) {
  if (input.size() < kRecordAlignment) return std::unexpected(RecordFault::truncated);
  if (load_le<std::uint64_t>(input.data()) == 0) return std::unexpected(RecordFault::absent);
  if (load_le<std::uint32_t>(input.data() + kMagicAt) != kRecordMagic) {
    return std::unexpected(RecordFault::bad_magic);
  }
  if (input.size() < kRecordHeaderSize) return std::unexpected(RecordFault::truncated);
  const auto payload_size = load_le<std::uint32_t>(input.data() + kPayloadSizeAt);
  if (payload_size > kMaxRecordPayload) return std::unexpected(RecordFault::bad_header);
  return record_size(payload_size);
}

Expected<ParsedRecord, RecordFault> parse_record(BytesView input, std::uint32_t seed) {
  const auto size = peek_record_size(input);
  if (!size) return std::unexpected(size.error());
  if (input.size() < *size) return std::unexpected(RecordFault::truncated);
  const bool known = is_known(input);
  const auto payload_size = load_le<std::uint32_t>(input.data() + kPayloadSizeAt);
  const std::size_t end = kRecordHeaderSize + payload_size;
  const BytesView covered = input.substr(kPayloadSizeAt, end - kPayloadSizeAt);
  if (load_le<std::uint32_t>(input.data() + kChecksumAt) != crc32c(covered, seed) ||
      !all_zero(input.substr(end, *size - end))) {
    return std::unexpected(known ? RecordFault::bad_checksum : RecordFault::bad_header);
  }
  if (!known) return std::unexpected(RecordFault::newer);
  ParsedRecord record;
  record.size = *size;
  record.header = load_header(input.data());
  record.payload = input.substr(kRecordHeaderSize, record.header.payload_size);
  return record;
}

}  // namespace octavo::log
