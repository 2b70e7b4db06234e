#pragma once

// The columns of a result as clients see them, and the definitions that go in front of its rows.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "value/logical_type.h"

namespace octavo::mysql {

// The numbers of types in definitions, binary rows and parameters.
enum class WireType : std::uint8_t {
  old_decimal = 0,
  tiny = 1,
  // NOLINTBEGIN(readability-identifier-naming): names of the manual that are words of C++
  short_ = 2,
  long_ = 3,
  float_ = 4,
  double_ = 5,
  // NOLINTEND(readability-identifier-naming)
  null = 6,
  timestamp = 7,
  longlong = 8,
  int24 = 9,
  date = 10,
  time = 11,
  datetime = 12,
  year = 13,
  varchar = 15,
  bit = 16,
  json = 245,
  decimal = 246,
  enumeration = 247,
  set = 248,
  tiny_blob = 249,
  medium_blob = 250,
  long_blob = 251,
  blob = 252,
  var_string = 253,
  string = 254,
  geometry = 255,
};

namespace column_flag {
constexpr std::uint16_t kNotNull = 0x0001;
constexpr std::uint16_t kPrimaryKey = 0x0002;
constexpr std::uint16_t kUnsigned = 0x0020;
constexpr std::uint16_t kZerofill = 0x0040;
constexpr std::uint16_t kBinary = 0x0080;
}  // namespace column_flag

constexpr std::uint16_t kBinaryCharset = 63;  // numbers, times, bytes
constexpr std::uint16_t kUtf8mb4 = 255;       // with the collation of MySQL 8.0

struct Column {
  std::string database;
  std::string table;      // as the statement calls it
  std::string org_table;  // as it is called
  std::string name;
  std::string org_name;
  std::uint16_t charset = kBinaryCharset;
  std::uint32_t length = 0;  // bytes that its widest text takes
  WireType type = WireType::var_string;
  std::uint16_t flags = 0;
  std::uint8_t decimals = 0;    // digits of the fraction; 31: as many as it has
  value::LogicalTypePtr shown;  // how texts of it look; null: as few digits as a value needs

  bool is_unsigned() const { return (flags & column_flag::kUnsigned) != 0; }
  bool is_zerofilled() const { return (flags & column_flag::kZerofill) != 0; }
};

void put_column(Bytes& out, const Column& column);
// The form of COM_FIELD_LIST: with the default, if there is one.
void put_column_with_default(Bytes& out, const Column& column,
                             const std::optional<std::string>& fallback);

}  // namespace octavo::mysql
