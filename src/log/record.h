#pragma once

// The record: what one append puts into the log, in the same bytes for every back end.
// Layout and rules: docs/formats/log.md; golden bytes: log/record_test.cc.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/lsn.h"
#include "base/result.h"

namespace octavo::log {

enum class RecordKind : std::uint8_t {
  transactions = 1,  // payload: `transaction_count` transactions, encoded by txn
  incarnate = 2,     // the origin node restarted: later records of its older incarnations are void
  fence = 3,         // empty; reading it back proves that everything before it was read
  checkpoint = 4,    // state up to here is stored elsewhere; payload belongs to who wrote it
  feature = 5,       // raises the feature level: behaviour of apply code changes at this position
};

// Names the data set. A record of another cluster found in our log is never applied.
struct ClusterId {
  std::array<char, 16> bytes{};
  friend bool operator==(const ClusterId&, const ClusterId&) = default;
};

// Who wrote a record. `sequence` counts the appends of one incarnation of one node, from 1.
struct Origin {
  std::uint32_t node = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct RecordHeader {
  RecordKind kind = RecordKind::transactions;
  std::uint8_t flags = 0;  // none defined; must be zero
  std::uint16_t feature_level = 0;
  std::uint16_t generation = 0;
  std::uint32_t transaction_count = 0;
  std::uint32_t payload_size = 0;
  ClusterId cluster;
  Origin origin;
  std::int64_t time_ns = 0;  // log clock, since 1970: never less than in the record before
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

// A record as a consumer or reader sees it. `payload` is valid during the call that shows it (for
// a consumer) or until the next call on the reader.
struct RecordView {
  Lsn lsn;   // where it starts
  Lsn next;  // where the next one starts
  RecordHeader header;
  BytesView payload;
  // What this process passed to `append`, or 0: replayed, or appended by somebody else.
  std::uint64_t token = 0;
};

inline constexpr std::uint32_t kRecordMagic = 0x5254434f;  // "OCTR"
inline constexpr std::uint16_t kRecordFormat = 1;
inline constexpr std::size_t kRecordHeaderSize = 64;
inline constexpr std::size_t kRecordAlignment = 8;
// Room for one transaction of the largest size and the batch it arrived in.
inline constexpr std::size_t kMaxRecordPayload = kMaxTransactionBytes + 64 * kMiB;

// Bytes that a record occupies: header, payload, zeros up to the alignment.
constexpr std::uint64_t record_size(std::uint64_t payload_size) {
  return (kRecordHeaderSize + payload_size + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

// Writes a whole record to `target`, which has room for `record_size(header.payload_size)`; the
// parts must add up to `header.payload_size`. The first eight bytes (magic and checksum) are stored
// last and at once, so that a process killed half-way leaves no begun record behind if they were
// zero before. `seed` starts the checksum: it ties the record to its place (docs/formats/log.md).
void encode_record(char* target, const RecordHeader& header, std::span<const BytesView> payload,
                   std::uint32_t seed);
// The same for a record whose payload is at its place already: the header and the padding.
void seal_record(char* target, const RecordHeader& header, std::span<const BytesView> payload,
                 std::uint32_t seed);

struct ParsedRecord {
  RecordHeader header;
  BytesView payload;
  std::uint64_t size = 0;  // as by `record_size`
};

enum class RecordFault : std::uint8_t {
  absent,        // the place where magic and checksum would be is zero: nothing was begun here
  bad_magic,     // not the start of a record
  bad_header,    // unknown format, kind or flag, or a length beyond the limit
  truncated,     // the input ends before the record does
  bad_checksum,  // begun here, but header, payload or padding are not what was written
  newer,         // whole, of a format, kind or flag that this version does not know
};

std::string_view fault_name(RecordFault fault);

// Parses the record at the start of `input`; trusts no byte of it.
Expected<ParsedRecord, RecordFault> parse_record(BytesView input, std::uint32_t seed);

// The whole size claimed by a record's header, if the header is plausible; for readers that
// have only the header in their buffer yet.
Expected<std::uint64_t, RecordFault> peek_record_size(BytesView header);

}  // namespace octavo::log
