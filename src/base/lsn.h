#pragma once

// Log sequence numbers. A position in one partition of the log is (partition, generation,
// offset); a point in the whole log is a vector of them, one per partition. There is one
// partition today, and the vector form is what disks, wires and cursors carry.
//
// `offset` is opaque and increases: a byte offset in the local log, a record offset in Kafka.
// `generation` grows when the log is re-created by an operator. Order: generation, then offset.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace octavo {

struct Lsn {
  std::uint16_t partition = 0;
  std::uint16_t generation = 0;
  std::uint64_t offset = 0;

  // Positions of different partitions have no order; comparing them is a programming error.
  friend std::strong_ordering operator<=>(const Lsn& a, const Lsn& b) {
    if (const auto order = a.generation <=> b.generation; order != 0) return order;
    return a.offset <=> b.offset;
  }
  friend bool operator==(const Lsn& a, const Lsn& b) = default;

  static constexpr Lsn zero() { return {}; }
};

constexpr std::size_t kEncodedLsnSize = 12;  // u16 partition, u16 generation, u64 offset, all LE

void put_lsn(Bytes& out, const Lsn& lsn);
std::optional<Lsn> get_lsn(ByteReader& reader);

// One position per partition, ascending by partition.
struct LsnVector {
  std::vector<Lsn> parts;

  friend bool operator==(const LsnVector&, const LsnVector&) = default;
};

void put_lsn_vector(Bytes& out, const LsnVector& vector);  // u16 count, then the positions
std::optional<LsnVector> get_lsn_vector(ByteReader& reader);

// A place between two changes: everything before `index` in the record at `lsn` was seen.
struct Cursor {
  LsnVector at;
  std::uint32_t index = 0;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// Text form for clients, "o1-" and URL-safe base 64 of the encoded vector, index and a checksum.
std::string format_cursor(const Cursor& cursor);
std::optional<Cursor> parse_cursor(std::string_view text);

std::string format_lsn(const Lsn& lsn);  // "0:0:4096", for messages

}  // namespace octavo
