#pragma once

// What a column is declared as, in any dialect: kept in the catalog, and what typed expressions
// speak of. How its rows lie in vectors is `column_type`; which values a document holds for it says
// `conforms`. Immutable once made, and shared.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "value/collation.h"
#include "value/column_type.h"
#include "value/value.h"

namespace octavo::value {

// Stored: none is ever renumbered.
enum class Kind : std::uint8_t {
  dynamic,      // any value
  null,         // null alone: of a literal NULL
  boolean,      // boolean
  integer,      // int64; uint64 above its range where it is unsigned
  real,         // float64; of 32 bits rounded to what they hold
  decimal,      // decimal
  text,         // string
  bytes,        // bytes
  bits,         // int64, uint64: up to 64 of them
  date,         // date
  time,         // time_of_day
  datetime,     // timestamp of zone 0: what a clock shows
  timestamp,    // timestamp: an instant
  year,         // int64: 0, or 1901 to 2155
  enumeration,  // string: one of the members, or empty
  set,          // array of strings: of the members, in their order
  json,         // any value; JSON's null is `undefined` where it is the whole value
  uuid,
  object_id,
  duration,
  array,
  geometry,
};

// Of texts and bytes, how the length was declared.
enum class Extent : std::uint8_t {
  varying,  // VARCHAR(n), VARBINARY(n)
  fixed,    // CHAR(n), BINARY(n)
  large,    // TEXT, BLOB and their kin: `length` is in bytes for both
};

struct LogicalType {
  Kind kind = Kind::dynamic;
  std::uint8_t bits = 0;  // integer: 8, 16, 24, 32, 64; real: 32, 64; bits: 1 to 64
  bool is_unsigned = false;
  bool zerofill = false;
  std::uint8_t precision =
      0;  // decimal: digits; real: digits, 0 if not said; times: digits of the second
  std::uint8_t scale = 0;        // decimal, real with a precision: digits after the point
  std::uint8_t shown_width = 0;  // integer: tinyint(1); 0: none was said
  Extent extent = Extent::varying;
  std::uint32_t length = 0;              // text: characters at most; bytes and large ones: bytes
  const Collation* collation = nullptr;  // text, enumeration, set; its character set is theirs
  std::vector<std::string> members;      // enumeration, set
  std::shared_ptr<const LogicalType> element;  // array

  bool is_number() const {
    return kind == Kind::boolean || kind == Kind::integer || kind == Kind::real ||
           kind == Kind::decimal || kind == Kind::bits || kind == Kind::year;
  }
  bool is_time() const {
    return kind == Kind::date || kind == Kind::time || kind == Kind::datetime ||
           kind == Kind::timestamp;
  }
};
bool operator==(const LogicalType& a, const LogicalType& b);

using LogicalTypePtr = std::shared_ptr<const LogicalType>;
inline LogicalTypePtr make_type(LogicalType type) {
  return std::make_shared<const LogicalType>(std::move(type));
}

// docs/formats/logical-type.md. Decoding: `unsupported` for a kind or collation, or a version of
// one, that is not known here; `corrupt` for what cannot be read.
void encode(const LogicalType& type, Bytes& out);
Result<LogicalType> decode_logical_type(ByteReader& reader);

ColumnType column_type(const LogicalType& type);

// Whether a document may hold the value for a column of the type: its form, range, length and
// scale. Null does always.
bool conforms(const LogicalType& type, const Value& value);

}  // namespace octavo::value
