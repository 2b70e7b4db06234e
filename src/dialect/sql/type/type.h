#pragma once

// The type of an expression: a logical type, and what only an expression has. Values of an
// expression are of the form that its kind says (value/logical_type.h), or null. A condition's kind
// is `boolean`, whose values are booleans; the client is shown 1 and 0.

#include <cstdint>
#include <optional>

#include "value/logical_type.h"

namespace octavo::sql {

using value::Kind;

// Whose collation counts where two meet: the lower one's.
enum class Coercibility : std::uint8_t {
  stated,  // COLLATE
  mixed,   // of two that differ
  column,
  system,  // USER(), VERSION()
  literal,
  number,  // and times
  null,
};

namespace type_flag {
enum Bit : std::uint8_t {
  kLiteral = 1 << 0,     // written as a constant
  kHex = 1 << 1,         // x'41', b'1': a number where one is wanted
  kFromColumn = 1 << 2,  // of a table, as it is stored there
  kParsed = 1 << 3,      // JSON that was made or read as such, no text
};
}  // namespace type_flag

constexpr std::uint8_t kNotFixed = 31;  // `decimals` of what has no scale of its own
constexpr std::uint8_t kMaxDecimalPrecision = 65;
constexpr std::uint8_t kMaxDecimalScale = 30;
constexpr std::uint8_t kMaxTimePrecision = 6;

struct Type {
  value::LogicalTypePtr logical;  // never null
  bool nullable = true;
  std::uint32_t width = 0;    // characters of display at most, a sign and a point among them
  std::uint8_t decimals = 0;  // digits after the point; kNotFixed
  Coercibility coercibility = Coercibility::literal;
  std::uint8_t flags = 0;  // type_flag

  Kind kind() const { return logical->kind; }
  bool is_unsigned() const { return logical->is_unsigned; }
  bool is_text() const {
    return kind() == Kind::text || kind() == Kind::enumeration || kind() == Kind::set;
  }
  // A text or bytes.
  bool is_string() const { return is_text() || kind() == Kind::bytes; }
  bool is_number() const { return logical->is_number(); }
  // A number without digits after the point.
  bool is_integer() const {
    return kind() == Kind::integer || kind() == Kind::boolean || kind() == Kind::bits ||
           kind() == Kind::year;
  }
  bool is_time() const { return logical->is_time(); }
  bool has(type_flag::Bit flag) const { return (flags & flag) != 0; }
  // Of a text; that of bytes and of all else is `binary`. Never null.
  const value::Collation& collation() const;
};

// Types of expressions, with the width that they are shown with. All may be null until one says
// otherwise:
//   Type type = with_null(big_integer(), false);
Type null_type();
Type boolean_type();
Type big_integer(bool is_unsigned = false, std::uint32_t width = 0);  // 0: that of the type
Type double_type();
Type decimal_type(int precision, int scale, bool is_unsigned = false);  // cut to what there may be
Type text_type(const value::Collation& collation, std::uint32_t characters,
               Coercibility coercibility = Coercibility::literal);
Type bytes_type(std::uint32_t length);
Type date_type();
Type time_type(int precision);
Type datetime_type(int precision);
Type year_type();
Type json_type();
Type with_null(Type type, bool nullable);

// That of a column declared so.
Type column_type(value::LogicalTypePtr logical, bool nullable);

// Digits before the point, digits after it, and whether there may be a sign: of a number as a
// decimal. Of a text, a real and what has no digits of its own: none.
struct Digits {
  int whole = 0;
  int scale = 0;
};
std::optional<Digits> digits_of(const Type& type);

// The width that an integer of that type is shown with.
std::uint32_t integer_width(const value::LogicalType& type);

}  // namespace octavo::sql
