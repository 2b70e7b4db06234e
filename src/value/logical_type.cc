#include "value/logical_type.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "value/decimal.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

constexpr std::uint8_t kVersion = 1;  // of the encoding
constexpr auto kLastKind = Kind::geometry;
constexpr std::size_t kMaxElementDepth = 16;

enum Flag : std::uint8_t { kUnsigned = 1, kZerofill = 2, kElement = 4 };

void encode_node(const LogicalType& type, Bytes& out) {
  const int flags = (type.is_unsigned ? kUnsigned : 0) | (type.zerofill ? kZerofill : 0) |
                    (type.element != nullptr ? kElement : 0);
  for (const std::uint8_t byte :
       {static_cast<std::uint8_t>(type.kind), type.bits, static_cast<std::uint8_t>(flags),
        type.precision, type.scale, type.shown_width, static_cast<std::uint8_t>(type.extent)}) {
    put_le(out, byte);
  }
  put_varint(out, type.length);
  put_length_prefixed(out, type.collation == nullptr ? BytesView() : type.collation->name);
  put_varint(out, type.collation == nullptr ? 0 : type.collation->version);
  put_varint(out, type.members.size());
  for (const std::string& member : type.members) put_length_prefixed(out, member);
  if (type.element != nullptr) encode_node(*type.element, out);
}

std::unexpected<Error> damaged() { return fail(Code::corrupt, "a logical type cannot be read"); }

Status decode_collation(ByteReader& reader, LogicalType& type) {
  const auto name = reader.get_length_prefixed();
  const auto version = reader.get_varint();
  if (!name || !version) return damaged();
  if (name->empty()) return {};
  type.collation = find_collation(*name);
  if (type.collation == nullptr || type.collation->version != *version) {
    return fail(Code::unsupported, "collation " + std::string(*name) + " of version " +
                                       std::to_string(*version) + " is not known");
  }
  return {};
}

Status decode_members(ByteReader& reader, LogicalType& type) {
  const auto count = reader.get_varint();
  if (!count || *count > reader.rest().size()) return damaged();
  type.members.reserve(*count);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto member = reader.get_length_prefixed();
    if (!member) return damaged();
    type.members.emplace_back(*member);
  }
  return {};
}

Result<LogicalType> decode_node(ByteReader& reader, std::size_t depth) {
  const auto head = reader.get_bytes(7);
  if (!head || depth == 0) return damaged();
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>((*head)[i]); };
  if (byte(0) > static_cast<std::uint8_t>(kLastKind)) {
    return fail(Code::unsupported,
                "logical types of kind " + std::to_string(byte(0)) + " are not known");
  }
  if (byte(6) > static_cast<std::uint8_t>(Extent::large)) return damaged();
  LogicalType type{.kind = static_cast<Kind>(byte(0)),
                   .bits = byte(1),
                   .is_unsigned = (byte(2) & kUnsigned) != 0,
                   .zerofill = (byte(2) & kZerofill) != 0,
                   .precision = byte(3),
                   .scale = byte(4),
                   .shown_width = byte(5),
                   .extent = static_cast<Extent>(byte(6))};
  const auto length = reader.get_varint();
  if (!length || *length > std::numeric_limits<std::uint32_t>::max()) return damaged();
  type.length = static_cast<std::uint32_t>(*length);
  TRY_STATUS(decode_collation(reader, type));
  TRY_STATUS(decode_members(reader, type));
  if ((byte(2) & kElement) != 0) {
    TRY(LogicalType element, decode_node(reader, depth - 1));
    type.element = make_type(std::move(element));
  }
  return type;
}

bool holds_integer(const LogicalType& type, const Value& value) {
  if (value.type() == Type::uint64) return type.is_unsigned && type.bits == 64;
  if (value.type() != Type::int64) return false;
  const std::int64_t number = value.as_int64();
  if (type.is_unsigned) return number >= 0 && (type.bits == 64 || number >> type.bits == 0);
  if (type.bits == 64) return true;
  const std::int64_t most = (std::int64_t{1} << (type.bits - 1)) - 1;
  return number >= -most - 1 && number <= most;
}

bool holds_real(const LogicalType& type, const Value& value) {
  if (value.type() != Type::float64) return false;
  const double number = value.as_float64();
  if (!std::isfinite(number) || (type.is_unsigned && number < 0)) return false;
  return type.bits != 32 || static_cast<double>(static_cast<float>(number)) == number;
}

bool holds_decimal(const LogicalType& type, const Value& value) {
  if (value.type() != Type::decimal) return false;
  const Decimal& number = value.as_decimal();
  if (!number.is_finite() || number.scale() != type.scale) return false;
  if (type.is_unsigned && number.is_negative() && !number.is_zero()) return false;
  return number.digits() <= std::max<int>(type.precision, 1);
}

bool holds_text(const LogicalType& type, const Value& value) {
  if (value.type() != Type::string) return false;
  const std::string_view text = value.as_string();
  if (text.size() <= type.length) return true;
  if (type.extent == Extent::large) return false;
  // Bytes that begin a character.
  const auto characters =
      std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; });
  return static_cast<std::size_t>(characters) <= type.length;
}

bool holds_bytes(const LogicalType& type, const Value& value) {
  if (value.type() != Type::bytes) return false;
  const std::size_t size = value.as_bytes().size();
  return type.extent == Extent::fixed ? size == type.length : size <= type.length;
}

bool holds_bits(const LogicalType& type, const Value& value) {
  if (value.type() == Type::uint64) return type.bits == 64;
  return value.type() == Type::int64 && value.as_int64() >= 0 &&
         (type.bits >= 63 || value.as_int64() >> type.bits == 0);
}

// 10^(9 - digits): nanoseconds of what a time of so many digits counts.
std::int64_t nanoseconds_of_step(std::uint8_t digits) {
  std::int64_t step = 1;
  for (int i = digits; i < 9; ++i) step *= 10;
  return step;
}

bool holds_time(const LogicalType& type, const Value& value) {
  constexpr std::int64_t kMost = (838 * 3600LL + 59 * 60 + 59) * 1'000'000'000;
  if (value.type() != Type::time_of_day) return false;
  const std::int64_t time = value.as_nanoseconds();
  return time >= -kMost && time <= kMost && time % nanoseconds_of_step(type.precision) == 0;
}

bool holds_instant(const LogicalType& type, const Value& value) {
  if (value.type() != Type::timestamp) return false;
  const Timestamp at = value.as_timestamp();
  return at.nanoseconds % nanoseconds_of_step(type.precision) == 0 &&
         (type.kind == Kind::timestamp || at.zone_minutes == 0);
}

bool holds_year(const Value& value) {
  if (value.type() != Type::int64) return false;
  const std::int64_t year = value.as_int64();
  return year == 0 || (year >= 1901 && year <= 2155);
}

bool holds_member(const LogicalType& type, const Value& value) {
  if (value.type() != Type::string) return false;
  const std::string_view text = value.as_string();
  return text.empty() || std::ranges::find(type.members, text) != type.members.end();
}

bool holds_set(const LogicalType& type, const Value& value) {
  if (!value.is_array()) return false;
  auto next = type.members.begin();
  for (const Value& element : value.as_array()) {
    if (!element.is_string()) return false;
    next = std::find(next, type.members.end(), element.as_string());
    if (next == type.members.end()) return false;
    ++next;
  }
  return true;
}

bool holds_array(const LogicalType& type, const Value& value) {
  return value.is_array() &&
         (type.element == nullptr || std::ranges::all_of(value.as_array(), [&](const Value& each) {
            return conforms(*type.element, each);
          }));
}

}  // namespace

bool operator==(const LogicalType& a, const LogicalType& b) {
  const bool elements = a.element == b.element ||
                        (a.element != nullptr && b.element != nullptr && *a.element == *b.element);
  return a.kind == b.kind && a.bits == b.bits && a.is_unsigned == b.is_unsigned &&
         a.zerofill == b.zerofill && a.precision == b.precision && a.scale == b.scale &&
         a.shown_width == b.shown_width && a.extent == b.extent && a.length == b.length &&
         a.collation == b.collation && a.members == b.members && elements;
}

void encode(const LogicalType& type, Bytes& out) {
  put_le(out, kVersion);
  encode_node(type, out);
}

Result<LogicalType> decode_logical_type(ByteReader& reader) {
  const auto version = reader.get_le<std::uint8_t>();
  if (!version) return damaged();
  if (*version != kVersion) {
    return fail(Code::unsupported,
                "logical types of format " + std::to_string(*version) + " are not known");
  }
  return decode_node(reader, kMaxElementDepth);
}

ColumnType column_type(const LogicalType& type) {
  const auto integer = [&](Physical of_sign, Physical unsigned_one) {
    return ColumnType::of(type.is_unsigned && type.bits == 64 ? Type::uint64 : Type::int64,
                          type.is_unsigned ? unsigned_one : of_sign);
  };
  const auto with_precision = [&](ColumnType column) {
    column.precision = type.precision;
    return column;
  };
  switch (type.kind) {
    case Kind::boolean: return ColumnType::of(Type::boolean, Physical::boolean);
    case Kind::integer:
      if (type.bits <= 8) return integer(Physical::int8, Physical::uint8);
      if (type.bits <= 16) return integer(Physical::int16, Physical::uint16);
      if (type.bits <= 32) return integer(Physical::int32, Physical::uint32);
      return integer(Physical::int64, Physical::uint64);
    case Kind::real:
      return ColumnType::of(Type::float64, type.bits == 32 ? Physical::float32 : Physical::float64);
    case Kind::decimal: return ColumnType::decimal(type.precision, type.scale);
    case Kind::text:
    case Kind::enumeration: {
      ColumnType column = ColumnType::of(Type::string, Physical::text);
      column.collation = type.collation == nullptr ? std::uint16_t{0} : type.collation->id;
      return column;
    }
    case Kind::bytes: return ColumnType::of(Type::bytes, Physical::text);
    case Kind::bits: return ColumnType::of(Type::uint64, Physical::uint64);
    case Kind::date: return ColumnType::of(Type::date, Physical::int32);
    case Kind::time: return with_precision(ColumnType::of(Type::time_of_day, Physical::int64));
    case Kind::datetime:
    case Kind::timestamp: {
      // Microseconds, whatever was declared.
      ColumnType column = ColumnType::of(Type::timestamp, Physical::int64);
      column.precision = 6;
      return column;
    }
    case Kind::year: return ColumnType::of(Type::int64, Physical::int16);
    case Kind::uuid: return ColumnType::of(Type::uuid, Physical::text);
    case Kind::object_id: return ColumnType::of(Type::object_id, Physical::text);
    case Kind::duration: return ColumnType::of(Type::duration, Physical::int64);
    case Kind::dynamic:
    case Kind::null:
    case Kind::set:
    case Kind::json:
    case Kind::array:
    case Kind::geometry: return ColumnType::dynamic(Physical::encoded);
  }
  std::unreachable();
}

bool conforms(const LogicalType& type, const Value& value) {
  if (value.is_null()) return true;
  switch (type.kind) {
    case Kind::dynamic:
    case Kind::json: return true;
    case Kind::null: return false;
    case Kind::boolean: return value.type() == Type::boolean;
    case Kind::integer: return holds_integer(type, value);
    case Kind::real: return holds_real(type, value);
    case Kind::decimal: return holds_decimal(type, value);
    case Kind::text: return holds_text(type, value);
    case Kind::bytes: return holds_bytes(type, value);
    case Kind::bits: return holds_bits(type, value);
    case Kind::date: return value.type() == Type::date;
    case Kind::time: return holds_time(type, value);
    case Kind::datetime:
    case Kind::timestamp: return holds_instant(type, value);
    case Kind::year: return holds_year(value);
    case Kind::enumeration: return holds_member(type, value);
    case Kind::set: return holds_set(type, value);
    case Kind::uuid: return value.type() == Type::uuid;
    case Kind::object_id: return value.type() == Type::object_id;
    case Kind::duration: return value.type() == Type::duration;
    case Kind::array: return holds_array(type, value);
    case Kind::geometry: return value.type() == Type::geometry;
  }
  std::unreachable();
}

}  // namespace octavo::value
