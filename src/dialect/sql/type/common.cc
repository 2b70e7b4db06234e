#include "dialect/sql/type/common.h"

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/type/server_defaults.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kCoercibilityWords[] = {"EXPLICIT",  "NONE",    "IMPLICIT", "SYSCONST",
                                                   "COERCIBLE", "NUMERIC", "IGNORABLE"};

bool is_bytewise(const value::Collation& collation) { return collation.name.ends_with("_bin"); }
bool is_unicode(const value::Collation& collation) {
  return collation.charset == value::CharsetId::utf8mb4 ||
         collation.charset == value::CharsetId::utf8mb3;
}

// Of two collations that are as strong as each other: the one that both can go by; null: there is
// none.
const value::Collation* prevailing(const value::Collation& a, const value::Collation& b) {
  if (&a == &b) return &a;
  if (a.charset == value::CharsetId::binary) return &a;
  if (b.charset == value::CharsetId::binary) return &b;
  if (a.charset == b.charset) {
    if (is_bytewise(a) == is_bytewise(b)) return nullptr;
    return is_bytewise(a) ? &a : &b;
  }
  if (is_unicode(a) != is_unicode(b)) return is_unicode(a) ? &a : &b;
  // utf8mb4 has all of utf8mb3; either has all of ASCII.
  if (is_unicode(a)) return a.charset == value::CharsetId::utf8mb4 ? &a : &b;
  if (a.charset == value::CharsetId::ascii) return &b;
  return b.charset == value::CharsetId::ascii ? &a : nullptr;
}

std::unexpected<Error> illegal_mix(const CollationChoice& a, const CollationChoice& b,
                                   std::string_view operation) {
  const auto word = [](const CollationChoice& choice) {
    return kCoercibilityWords[static_cast<std::size_t>(choice.coercibility)];
  };
  return error<1267>(a.collation->name, word(a), b.collation->name, word(b), operation);
}

using Types = std::span<const Type>;

template <class Is>
bool all_are(Types types, Is is) {
  return std::ranges::all_of(types, is);
}
template <class Is>
bool any_is(Types types, Is is) {
  return std::ranges::any_of(types, is);
}
auto of_kind(Kind kind) {
  return [kind](const Type& type) { return type.kind() == kind; };
}

std::uint32_t greatest_width(Types types) {
  return std::ranges::max(types, {}, &Type::width).width;
}

// Integers with and without sign have one type if a greater one holds both, else they are decimals.
Type common_integer(Types types) {
  const auto is_unsigned = [](const Type& type) {
    return type.is_unsigned() || type.kind() == Kind::bits || type.kind() == Kind::year;
  };
  const std::uint32_t width = greatest_width(types);
  if (all_are(types, is_unsigned)) return big_integer(true, width);
  if (!any_is(types, is_unsigned)) return big_integer(false, width);
  const bool long_one = any_is(types, [&](const Type& type) {
    return is_unsigned(type) && type.kind() == Kind::integer && type.logical->bits == 64;
  });
  return long_one ? decimal_type(20, 0) : big_integer(false, width + 1);
}

Type common_decimal(Types types) {
  int whole = 0;
  int scale = 0;
  for (const Type& type : types) {
    const std::optional<Digits> digits = digits_of(type);
    whole = std::max(whole, digits ? digits->whole : 0);
    scale = std::max(scale, digits ? digits->scale : 0);
  }
  return decimal_type(whole + scale, scale);
}

Type common_number(Types types) {
  if (any_is(types, of_kind(Kind::real))) return double_type();
  if (any_is(types, of_kind(Kind::decimal))) return common_decimal(types);
  return common_integer(types);
}

// Times of two kinds that have a common one; none: they are texts together.
std::optional<Type> common_time(Types types) {
  if (!all_are(types, &Type::is_time)) return std::nullopt;
  int precision = 0;
  for (const Type& type : types) precision = std::max<int>(precision, type.logical->precision);
  if (all_are(types, of_kind(Kind::date))) return date_type();
  if (all_are(types, of_kind(Kind::time))) return time_type(precision);
  return datetime_type(precision);
}

Result<Type> common_text(Types types, std::string_view operation) {
  const std::uint32_t width = greatest_width(types);
  if (any_is(types, of_kind(Kind::bytes))) return bytes_type(width);
  TRY(const CollationChoice choice, common_collation(types, operation));
  if (choice.collation == nullptr) {
    return text_type(*value::find_collation(kServerCollation), width);
  }
  return text_type(*choice.collation, width, choice.coercibility);
}

bool same_logical(Types types) {
  return all_are(types, [&](const Type& type) { return *type.logical == *types.front().logical; });
}

// A type that all of them are already, the widest of them; none: they are of several.
std::optional<Type> shared_type(Types types) {
  constexpr Kind kAlike[] = {Kind::boolean, Kind::json, Kind::dynamic, Kind::year,
                             Kind::real,    Kind::date, Kind::array,   Kind::geometry};
  const Kind kind = types.front().kind();
  const bool alike =
      std::ranges::find(kAlike, kind) != std::end(kAlike) && all_are(types, of_kind(kind));
  const bool text = types.front().is_string() && kind != Kind::text;
  if (!alike && (text || !same_logical(types))) return std::nullopt;
  Type type = types.front();
  for (const Type& each : types) {
    if (each.width > type.width) type = each;
  }
  for (const Type& each : types) type.coercibility = std::min(type.coercibility, each.coercibility);
  return type;
}

Result<Type> common_of(Types types, std::string_view operation) {
  if (auto shared = shared_type(types)) return *shared;
  if (all_are(types, &Type::is_number)) return common_number(types);
  if (auto time = common_time(types)) return *time;
  return common_text(types, operation);
}

}  // namespace

Result<Type> common_type(std::span<const Type> types, std::string_view operation) {
  std::vector<Type> told;
  std::ranges::copy_if(types, std::back_inserter(told),
                       [](const Type& type) { return type.kind() != Kind::null; });
  if (told.empty()) return null_type();
  TRY(Type type, common_of(told, operation));
  type.nullable = std::ranges::any_of(types, &Type::nullable);
  type.flags = 0;
  return type;
}

Result<CollationChoice> common_collation(std::span<const Type> types, std::string_view operation) {
  CollationChoice choice;
  for (const Type& type : types) {
    if (!type.is_string()) continue;
    const CollationChoice other{.collation = &type.collation(), .coercibility = type.coercibility};
    if (choice.collation == nullptr || other.coercibility < choice.coercibility) {
      choice = other;
      continue;
    }
    if (other.coercibility > choice.coercibility) continue;
    if (other.collation == choice.collation) continue;
    const value::Collation* both = prevailing(*choice.collation, *other.collation);
    if (both == nullptr || choice.coercibility == Coercibility::stated) {
      return illegal_mix(choice, other, operation);
    }
    choice.collation = both;
  }
  return choice;
}

}  // namespace octavo::sql
