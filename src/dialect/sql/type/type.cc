#include "dialect/sql/type/type.h"

#include <algorithm>

namespace octavo::sql {
namespace {

using value::LogicalType;
using value::make_type;

// Characters that a collation's set takes at most, as the client counts them: UTF-8 has 4 bytes
// each.
constexpr std::uint32_t kMostCharacters = 0xffffffffU / 4;

std::uint32_t with_fraction(std::uint32_t width, int precision) {
  return precision == 0 ? width : width + 1 + static_cast<std::uint32_t>(precision);
}

struct IntegerWidth {
  std::uint8_t bits, of_sign, without_sign;
};
constexpr IntegerWidth kIntegerWidths[] = {
    {8, 4, 3}, {16, 6, 5}, {24, 9, 8}, {32, 11, 10}, {64, 20, 20}};

std::uint32_t decimal_width(int precision, int scale, bool is_unsigned) {
  return static_cast<std::uint32_t>(precision + (scale > 0 ? 1 : 0) + (is_unsigned ? 0 : 1));
}

std::uint32_t longest_member(const LogicalType& type) {
  std::size_t longest = 0;
  for (const std::string& member : type.members) longest = std::max(longest, member.size());
  return static_cast<std::uint32_t>(longest);
}

std::uint32_t all_members(const LogicalType& type) {
  std::size_t width = type.members.empty() ? 0 : type.members.size() - 1;
  for (const std::string& member : type.members) width += member.size();
  return static_cast<std::uint32_t>(width);
}

std::uint32_t width_of(const LogicalType& type) {
  switch (type.kind) {
    case Kind::null: return 0;
    case Kind::boolean: return 1;
    case Kind::integer: return integer_width(type);
    case Kind::real:
      if (type.precision != 0) return type.precision;
      return type.bits == 32 ? 12 : 22;
    case Kind::decimal: return decimal_width(type.precision, type.scale, type.is_unsigned);
    case Kind::text:
    case Kind::bytes: return type.length;
    case Kind::bits: return type.bits;
    case Kind::date: return 10;
    case Kind::time: return with_fraction(10, type.precision);
    case Kind::datetime:
    case Kind::timestamp: return with_fraction(19, type.precision);
    case Kind::year: return 4;
    case Kind::enumeration: return longest_member(type);
    case Kind::set: return all_members(type);
    case Kind::uuid: return 36;
    case Kind::object_id: return 24;
    case Kind::duration: return 24;
    case Kind::dynamic:
    case Kind::json:
    case Kind::array:
    case Kind::geometry: return kMostCharacters;
  }
  std::unreachable();
}

std::uint8_t decimals_of(const LogicalType& type) {
  switch (type.kind) {
    case Kind::real: return type.precision == 0 ? kNotFixed : type.scale;
    case Kind::decimal: return type.scale;
    case Kind::time:
    case Kind::datetime:
    case Kind::timestamp: return type.precision;
    default: return 0;
  }
}

Type of_number(LogicalType logical) {
  Type type = column_type(make_type(std::move(logical)), true);
  type.coercibility = Coercibility::number;
  type.flags = 0;
  return type;
}

Type of_time(Kind kind, int precision) {
  return of_number(
      {.kind = kind,
       .precision = static_cast<std::uint8_t>(std::clamp<int>(precision, 0, kMaxTimePrecision))});
}

}  // namespace

std::uint32_t integer_width(const LogicalType& type) {
  if (type.shown_width != 0) return type.shown_width;
  const auto* row = std::ranges::find(kIntegerWidths, type.bits, &IntegerWidth::bits);
  if (row == std::end(kIntegerWidths)) return 20;
  return type.is_unsigned ? row->without_sign : row->of_sign;
}

const value::Collation& Type::collation() const {
  static const value::Collation& bytewise = *value::find_collation("binary");
  return logical->collation == nullptr ? bytewise : *logical->collation;
}

Type null_type() {
  Type type = of_number({.kind = Kind::null});
  type.coercibility = Coercibility::null;
  return type;
}

Type boolean_type() { return of_number({.kind = Kind::boolean}); }

Type big_integer(bool is_unsigned, std::uint32_t width) {
  Type type = of_number({.kind = Kind::integer, .bits = 64, .is_unsigned = is_unsigned});
  type.width = width != 0 ? width : (is_unsigned ? 20 : 21);
  return type;
}

Type double_type() {
  Type type = of_number({.kind = Kind::real, .bits = 64});
  type.width = 23;
  return type;
}

Type decimal_type(int precision, int scale, bool is_unsigned) {
  scale = std::clamp<int>(scale, 0, kMaxDecimalScale);
  precision = std::clamp<int>(precision, std::max(scale, 1), kMaxDecimalPrecision);
  return of_number({.kind = Kind::decimal,
                    .is_unsigned = is_unsigned,
                    .precision = static_cast<std::uint8_t>(precision),
                    .scale = static_cast<std::uint8_t>(scale)});
}

Type text_type(const value::Collation& collation, std::uint32_t characters,
               Coercibility coercibility) {
  characters = std::min(characters, kMostCharacters);
  Type type{.logical =
                make_type({.kind = Kind::text, .length = characters, .collation = &collation})};
  type.width = characters;
  type.decimals = kNotFixed;
  type.coercibility = coercibility;
  return type;
}

Type bytes_type(std::uint32_t length) {
  Type type{.logical = make_type({.kind = Kind::bytes, .length = length})};
  type.width = length;
  type.decimals = kNotFixed;
  return type;
}

Type date_type() { return of_time(Kind::date, 0); }
Type time_type(int precision) { return of_time(Kind::time, precision); }
Type datetime_type(int precision) { return of_time(Kind::datetime, precision); }
Type year_type() { return of_number({.kind = Kind::year}); }

Type json_type() {
  Type type = of_number({.kind = Kind::json});
  type.decimals = kNotFixed;
  type.coercibility = Coercibility::literal;
  return type;
}

Type with_null(Type type, bool nullable) {
  type.nullable = nullable;
  return type;
}

Type column_type(value::LogicalTypePtr logical, bool nullable) {
  Type type{.logical = std::move(logical), .nullable = nullable};
  type.width = width_of(*type.logical);
  type.decimals = decimals_of(*type.logical);
  type.coercibility = type.is_string() ? Coercibility::column : Coercibility::number;
  type.flags = type_flag::kFromColumn;
  return type;
}

std::optional<Digits> digits_of(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean: return Digits{.whole = 1};
    case Kind::year: return Digits{.whole = 4};
    case Kind::bits: return Digits{.whole = 20};
    case Kind::integer: {
      // The digits of the type, or of what is known of the expression: a literal has its own.
      const std::uint32_t sign = type.is_unsigned() ? 0 : 1;
      const std::uint32_t digits = type.width > sign ? type.width - sign : 1;
      return Digits{.whole = static_cast<int>(std::min<std::uint32_t>(digits, 20))};
    }
    case Kind::decimal:
      return Digits{.whole = type.logical->precision - type.logical->scale,
                    .scale = type.logical->scale};
    default: return std::nullopt;
  }
}

}  // namespace octavo::sql
