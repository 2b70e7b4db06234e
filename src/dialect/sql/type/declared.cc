// What a statement declares as a type, checked.

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/type/names.h"

namespace octavo::sql {
namespace {

using value::Collation;
using value::Extent;
using value::LogicalType;

// Characters of a VARCHAR and CHAR, bytes of a VARBINARY.
constexpr std::uint32_t kMostFixed = 255, kMostVarying = 65'535;

struct IntegerRow {
  TypeKind kind;
  std::uint8_t bits;
  std::uint8_t digits;  // with zeros before them
};
constexpr IntegerRow kIntegers[] = {{TypeKind::tiny_integer, 8, 3},
                                    {TypeKind::small_integer, 16, 5},
                                    {TypeKind::medium_integer, 24, 8},
                                    {TypeKind::integer, 32, 10},
                                    {TypeKind::big_integer, 64, 20}};

struct LargeRow {
  TypeKind kind;
  bool is_text;
  std::uint32_t bytes;
};
constexpr LargeRow kLarge[] = {
    {TypeKind::tiny_text, true, 0xff},         {TypeKind::text, true, 0xffff},
    {TypeKind::medium_text, true, 0xff'ffff},  {TypeKind::long_text, true, 0xffff'ffff},
    {TypeKind::tiny_blob, false, 0xff},        {TypeKind::blob, false, 0xffff},
    {TypeKind::medium_blob, false, 0xff'ffff}, {TypeKind::long_blob, false, 0xffff'ffff},
};

std::string text_of(std::uint64_t number) { return std::to_string(number); }

Result<const Collation*> collation_of(const DataType& type, const Collation& fallback) {
  const Collation* collation = &fallback;
  if (!type.charset.empty()) {
    const value::Charset* charset = value::find_charset(type.charset);
    if (charset == nullptr) return error<1115>(type.charset);
    collation = value::find_collation(charset->default_collation);
  }
  if (!type.collation.empty()) {
    const Collation* named = value::find_collation(type.collation);
    if (named == nullptr) return error<1273>(type.collation);
    if (!type.charset.empty() && named->charset != collation->charset) {
      return error<1253>(type.collation, type.charset);
    }
    collation = named;
  }
  if (type.binary && type.collation.empty()) {
    const std::string name = std::string(value::charset_of(collation->charset).name) + "_bin";
    if (const Collation* bytewise = value::find_collation(name)) collation = bytewise;
  }
  return collation;
}

LogicalType integer(const DataType& type, const IntegerRow& row) {
  const std::uint8_t bits = row.bits;
  const std::uint32_t width = type.length.value_or(type.zerofill ? row.digits : 0);
  // Widths are shown where they mean something: of a boolean, and before zeros.
  const bool boolean = bits == 8 && width == 1 && !type.is_unsigned;
  const bool shown = boolean || type.zerofill;
  return {
      .kind = Kind::integer,
      .bits = bits,
      .is_unsigned = type.is_unsigned || type.zerofill,
      .zerofill = type.zerofill,
      .shown_width = shown ? static_cast<std::uint8_t>(std::min(width, 255U)) : std::uint8_t{0}};
}

Result<LogicalType> decimal(const DataType& type, std::string_view column) {
  const std::uint32_t precision = type.length.value_or(10);
  const std::uint32_t scale = type.scale.value_or(0);
  if (scale > kMaxDecimalScale) {
    return error<1425>(text_of(scale), column, text_of(kMaxDecimalScale));
  }
  if (precision > kMaxDecimalPrecision) {
    return error<1426>(text_of(precision), column, text_of(kMaxDecimalPrecision));
  }
  // DECIMAL(0) is the default one.
  const std::uint32_t digits = precision == 0 ? 10 : precision;
  if (digits < scale) return error<1427>(column);
  return LogicalType{.kind = Kind::decimal,
                     .is_unsigned = type.is_unsigned || type.zerofill,
                     .zerofill = type.zerofill,
                     .precision = static_cast<std::uint8_t>(digits),
                     .scale = static_cast<std::uint8_t>(scale)};
}

Result<LogicalType> real(const DataType& type, std::string_view column) {
  LogicalType result{
      .kind = Kind::real,
      .bits = type.kind == TypeKind::single_float ? std::uint8_t{32} : std::uint8_t{64},
      .is_unsigned = type.is_unsigned || type.zerofill,
      .zerofill = type.zerofill};
  constexpr std::uint32_t kMostDigits = 255, kMostOfFloat = 24, kMostBits = 53;
  if (type.scale) {
    if (*type.scale > kMaxDecimalScale) {
      return error<1425>(text_of(*type.scale), column, text_of(kMaxDecimalScale));
    }
    if (*type.length > kMostDigits) return error<1439>(column, text_of(kMostDigits));
    if (*type.length < *type.scale) return error<1427>(column);
    result.precision = static_cast<std::uint8_t>(*type.length);
    result.scale = static_cast<std::uint8_t>(*type.scale);
  } else if (type.length) {
    // FLOAT(n) says how many bits there are to be.
    if (*type.length > kMostBits) return error<1063>(column);
    if (*type.length > kMostOfFloat) result.bits = 64;
  }
  return result;
}

Result<LogicalType> time(const DataType& type, Kind kind, std::string_view column) {
  const std::uint32_t precision = type.length.value_or(0);
  if (precision > kMaxTimePrecision) {
    return error<1426>(text_of(precision), column, text_of(kMaxTimePrecision));
  }
  return LogicalType{.kind = kind, .precision = static_cast<std::uint8_t>(precision)};
}

// A TEXT(n) is the smallest that takes so many.
LogicalType large(const DataType& type, const LargeRow& row, const Collation& collation) {
  const bool is_bytes = !row.is_text || collation.charset == value::CharsetId::binary;
  std::uint32_t bytes = row.bytes;
  const bool sized = (row.kind == TypeKind::text || row.kind == TypeKind::blob) && type.length;
  if (sized) {
    const std::uint64_t each = is_bytes ? 1 : value::charset_of(collation.charset).most_bytes;
    const std::uint64_t wanted = *type.length * each;
    for (const LargeRow& fitting : kLarge) {
      bytes = fitting.bytes;
      if (fitting.is_text == row.is_text && wanted <= fitting.bytes) break;
    }
  }
  return {.kind = is_bytes ? Kind::bytes : Kind::text,
          .extent = Extent::large,
          .length = bytes,
          .collation = is_bytes ? nullptr : &collation};
}

Result<LogicalType> characters(const DataType& type, const Collation& collation,
                               std::string_view column) {
  const bool fixed = type.kind == TypeKind::character || type.kind == TypeKind::binary;
  const bool is_bytes = type.kind == TypeKind::binary || type.kind == TypeKind::varbinary ||
                        collation.charset == value::CharsetId::binary;
  const std::uint32_t each = is_bytes ? 1 : value::charset_of(collation.charset).most_bytes;
  const std::uint32_t most = fixed ? kMostFixed : kMostVarying / each;
  const std::uint32_t length = type.length.value_or(1);
  if (length > most) return error<1074>(column, text_of(most));
  return LogicalType{.kind = is_bytes ? Kind::bytes : Kind::text,
                     .extent = fixed ? Extent::fixed : Extent::varying,
                     .length = length,
                     .collation = is_bytes ? nullptr : &collation};
}

Result<LogicalType> members(const DataType& type, Kind kind, const Collation& collation,
                            std::string_view column) {
  LogicalType result{.kind = kind, .collation = &collation};
  constexpr std::size_t kMostOfSet = 64;
  if (kind == Kind::set && type.members.size() > kMostOfSet) {
    return error<1097>(column);
  }
  for (std::string_view member : type.members) {
    while (member.ends_with(' ')) member.remove_suffix(1);
    const bool again = std::ranges::any_of(
        result.members, [&](const std::string& other) { return collation.equal(other, member); });
    if (again) return error<1291>(column, member, kind == Kind::set ? "SET" : "ENUM");
    result.members.emplace_back(member);
  }
  return result;
}

}  // namespace

Result<LogicalType> declared_type(const DataType& type, const Collation& fallback,
                                  std::string_view column) {
  TRY(const Collation* collation, collation_of(type, fallback));
  const auto* integer_row = std::ranges::find(kIntegers, type.kind, &IntegerRow::kind);
  if (integer_row != std::end(kIntegers)) return integer(type, *integer_row);
  const auto* large_row = std::ranges::find(kLarge, type.kind, &LargeRow::kind);
  if (large_row != std::end(kLarge)) return large(type, *large_row, *collation);
  switch (type.kind) {
    case TypeKind::decimal: return decimal(type, column);
    case TypeKind::single_float:
    case TypeKind::double_float: return real(type, column);
    case TypeKind::bit: {
      const std::uint32_t bits = type.length.value_or(1);
      if (bits > 64) return error<1439>(column, "64");
      return LogicalType{.kind = Kind::bits, .bits = static_cast<std::uint8_t>(std::max(bits, 1U))};
    }
    case TypeKind::date: return LogicalType{.kind = Kind::date};
    case TypeKind::time: return time(type, Kind::time, column);
    case TypeKind::datetime: return time(type, Kind::datetime, column);
    case TypeKind::timestamp: return time(type, Kind::timestamp, column);
    case TypeKind::year: return LogicalType{.kind = Kind::year};
    case TypeKind::character:
    case TypeKind::varchar:
    case TypeKind::binary:
    case TypeKind::varbinary: return characters(type, *collation, column);
    case TypeKind::json: return LogicalType{.kind = Kind::json};
    case TypeKind::enumeration: return members(type, Kind::enumeration, *collation, column);
    case TypeKind::set: return members(type, Kind::set, *collation, column);
    default: return not_supported(row_of(kTypes, type.kind).text);
  }
}

}  // namespace octavo::sql
