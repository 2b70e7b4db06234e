#pragma once

// One segment file: a header page, then records back to back. Layout: docs/formats/log.md.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/lsn_parts.h"
#include "base/result.h"
#include "log/record.h"

namespace octavo::log {

// `start` and `previous_end` are log offsets. They are equal except after a power cut, when the
// log goes on at a higher offset so that no offset ever names two different records.
struct SegmentHeader {
  std::uint16_t generation = 0;
  std::uint32_t salt = 0;
  ClusterId cluster;
  std::uint64_t start = 0;
  std::uint64_t previous_end = 0;
  std::int64_t base_time_ns = 0;  // log clock when the segment was begun
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

inline constexpr std::uint32_t kSegmentMagic = 0x5354434f;  // "OCTS"
inline constexpr std::uint16_t kSegmentFormat = 1;
// One page. The fields fill the first 512-byte sector at most, so a power cut leaves all or none.
inline constexpr std::size_t kSegmentHeaderSize = 4096;
// The first record of a new log is here, so that `Lsn::zero()` is before every record.
inline constexpr std::uint64_t kFirstOffset = 4096;

enum class SegmentHeaderFault : std::uint8_t {
  absent,  // zeros: the file was made and its header never reached the disk
  bad,     // something else than a header that we wrote
};

// Writes the first sector of the page at `target`; the rest of a new file is zero already.
void encode_segment_header(char* target, const SegmentHeader& header);
Expected<SegmentHeader, SegmentHeaderFault> parse_segment_header(BytesView page);

// The durable mark lives in the header page: a log offset that is known to be on disk. It is a
// lower bound, stored without a sync of its own. One aligned word, so a killed process leaves it
// whole.
inline constexpr std::size_t kDurableMarkPlace = 64;  // outside of the header's checksum
void store_durable_mark(char* page, const SegmentHeader& header, std::uint64_t offset);
// 0 if never stored: that the file exists says nothing. Nothing if damaged.
std::optional<std::uint64_t> load_durable_mark(BytesView page, const SegmentHeader& header);

// Starts the checksum of a record: ties it to this file and this place.
std::uint32_t record_seed(std::uint32_t salt, std::uint64_t offset);

// The names and headers of segments that start later are refused, so that sums need no checks.
inline constexpr std::uint64_t kMaxSegmentStart = kLsnOffsetEnd / 2;

struct SegmentName {
  std::uint16_t generation = 0;
  std::uint64_t start = 0;
};
std::string format_segment_name(SegmentName name);  // "0000-0000000000001000.seg"
std::optional<SegmentName> parse_segment_name(std::string_view name);

}  // namespace octavo::log
