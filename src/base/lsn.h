#pragma once

// Log sequence numbers. A position in one partition of the log is a place in that partition's
// order; a point in the whole log is a vector of positions, one per partition. There is one
// partition today, and the vector form is what disks, wires and cursors carry.
//
// A position is opaque: it can be compared with others of its partition, stored and shown. Only the
// back ends of `log` know what it is made of (base/lsn_parts.h): a generation, which grows when the
// log is created again by an operator, and an offset, in bytes or in records.

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace octavo {

// A position within one partition as one word, for tables and atomics. Nothing to calculate with.
enum class LsnOrder : std::uint64_t {};
constexpr std::uint64_t raw(LsnOrder order) { return static_cast<std::uint64_t>(order); }

class Lsn {
 public:
  constexpr Lsn() = default;
  static constexpr Lsn zero() { return {}; }  // before every record
  static constexpr Lsn of(std::uint16_t partition, LsnOrder order) { return {partition, order}; }
  // After every record of the partition.
  static constexpr Lsn last(std::uint16_t partition) {
    return {partition, LsnOrder{std::numeric_limits<std::uint64_t>::max()}};
  }

  constexpr std::uint16_t partition() const { return partition_; }
  constexpr LsnOrder order() const { return order_; }

  // Positions of different partitions have no order; comparing them is a programming error.
  friend constexpr std::strong_ordering operator<=>(const Lsn& a, const Lsn& b) {
    return a.order_ <=> b.order_;
  }
  friend constexpr bool operator==(const Lsn& a, const Lsn& b) = default;

 private:
  constexpr Lsn(std::uint16_t partition, LsnOrder order) : order_(order), partition_(partition) {}

  LsnOrder order_{};
  std::uint16_t partition_ = 0;
};

constexpr std::size_t kEncodedLsnSize = 12;  // u16 partition, u16 generation, u64 offset, all LE

void store_lsn(char* target, const Lsn& lsn);  // kEncodedLsnSize bytes
void put_lsn(Bytes& out, const Lsn& lsn);
// Nothing for bytes that no log has given out.
std::optional<Lsn> get_lsn(ByteReader& reader);
// The same fields, big endian: bytes sort as positions do.
void put_ordered_lsn(Bytes& out, const Lsn& lsn);

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

// "0:0:4096", for messages and command lines.
std::string format_lsn(const Lsn& lsn);
std::optional<Lsn> parse_lsn(std::string_view text);

// For names of files, which sort as positions of one partition do: "00000-00000000000000004096",
// and with the partition before it ("00002-…") unless that is 0.
std::string format_lsn_name(const Lsn& lsn);
std::optional<Lsn> parse_lsn_name(std::string_view name);

}  // namespace octavo
