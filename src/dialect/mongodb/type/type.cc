#include "dialect/mongodb/type/type.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/rows.h"
#include "dialect/mongodb/error/error.h"
#include "value/datetime.h"
#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

struct AliasRow {
  BsonType type;
  std::string_view alias;
};
constexpr std::array<AliasRow, 22> kAliases = {{
    {BsonType::min_key, "minKey"},
    {BsonType::missing, "missing"},
    {BsonType::number_double, "double"},
    {BsonType::string, "string"},
    {BsonType::object, "object"},
    {BsonType::array, "array"},
    {BsonType::binary, "binData"},
    {BsonType::undefined, "undefined"},
    {BsonType::object_id, "objectId"},
    {BsonType::boolean, "bool"},
    {BsonType::date, "date"},
    {BsonType::null, "null"},
    {BsonType::regex, "regex"},
    {BsonType::db_pointer, "dbPointer"},
    {BsonType::javascript, "javascript"},
    {BsonType::symbol, "symbol"},
    {BsonType::javascript_with_scope, "javascriptWithScope"},
    {BsonType::number_int, "int"},
    {BsonType::timestamp, "timestamp"},
    {BsonType::number_long, "long"},
    {BsonType::number_decimal, "decimal"},
    {BsonType::max_key, "maxKey"},
}};
static_assert(rows_differ(kAliases, &AliasRow::type, &AliasRow::alias));

// What each type of ours is; int64 and javascript are of two types and looked at below.
struct TypeRow {
  Type type;
  BsonType bson;
};
constexpr std::array<TypeRow, value::kTypeCount> kTypes = {{
    {Type::null, BsonType::null},
    {Type::boolean, BsonType::boolean},
    {Type::int64, BsonType::number_long},
    {Type::uint64, BsonType::number_decimal},
    {Type::float64, BsonType::number_double},
    {Type::decimal, BsonType::number_decimal},
    {Type::string, BsonType::string},
    {Type::bytes, BsonType::binary},
    {Type::timestamp, BsonType::date},
    {Type::date, BsonType::date},
    {Type::time_of_day, BsonType::string},
    {Type::duration, BsonType::string},
    {Type::uuid, BsonType::binary},
    {Type::object_id, BsonType::object_id},
    {Type::array, BsonType::array},
    {Type::object, BsonType::object},
    {Type::geometry, BsonType::object},
    {Type::min_key, BsonType::min_key},
    {Type::max_key, BsonType::max_key},
    {Type::undefined, BsonType::undefined},
    {Type::regex, BsonType::regex},
    {Type::javascript, BsonType::javascript},
    {Type::symbol, BsonType::symbol},
    {Type::log_stamp, BsonType::timestamp},
}};
static_assert(rows_in_place(kTypes, &TypeRow::type, Type::log_stamp));

constexpr std::string_view kNumberAlias = "number";
constexpr BsonType kNumbers[] = {BsonType::number_double, BsonType::number_int,
                                 BsonType::number_long, BsonType::number_decimal};

constexpr std::uint32_t bit_of(BsonType type) {
  constexpr unsigned kMinKeyBit = 30;
  constexpr unsigned kMaxKeyBit = 31;
  if (type == BsonType::min_key) return 1U << kMinKeyBit;
  if (type == BsonType::max_key) return 1U << kMaxKeyBit;
  return 1U << static_cast<unsigned>(type);
}

Result<BsonType> read_number(const Value& number) {
  const auto integral = number.to_int64();
  const auto type = integral ? type_of_number(*integral) : std::nullopt;
  if (!type) {
    return error(ErrorCode::bad_value, "Invalid numerical type code: {}", number.to_double());
  }
  return *type;
}

Result<TypeSet> read_one(const Value& named) {
  if (named.is_string()) return types_of_alias(named.as_string());
  if (!named.is_number()) {
    return error(ErrorCode::type_mismatch, "type must be represented as a number or a string");
  }
  TRY(const BsonType type, read_number(named));
  return TypeSet().add(type);
}

}  // namespace

BsonType bson_type(const Value& value) {
  const Type type = value.type();
  if (type == Type::int64 && value.is_int32()) return BsonType::number_int;
  if (type == Type::javascript && value.javascript_scope() != nullptr) {
    return BsonType::javascript_with_scope;
  }
  return row_of(kTypes, type).bson;
}

BsonType bson_type(const std::optional<Value>& value) {
  return value ? bson_type(*value) : BsonType::missing;
}

std::string_view type_alias(BsonType type) {
  return std::ranges::find(kAliases, type, &AliasRow::type)->alias;
}
std::string_view type_alias(const Value& value) { return type_alias(bson_type(value)); }
std::string_view type_alias(const std::optional<Value>& value) {
  return type_alias(bson_type(value));
}

std::optional<BsonType> type_of_alias(std::string_view alias) {
  const auto* const row = std::ranges::find(kAliases, alias, &AliasRow::alias);
  if (row == kAliases.end() || row->type == BsonType::missing) return std::nullopt;
  return row->type;
}

std::optional<BsonType> type_of_number(std::int64_t number) {
  const auto* const row = std::ranges::find(
      kAliases, number, [](const AliasRow& of) { return static_cast<std::int64_t>(of.type); });
  if (row == kAliases.end() || row->type == BsonType::missing) return std::nullopt;
  return row->type;
}

TypeSet& TypeSet::add(BsonType type) {
  bits_ |= bit_of(type);
  return *this;
}

bool TypeSet::has(BsonType type) const { return (bits_ & bit_of(type)) != 0; }

Result<TypeSet> types_of_alias(std::string_view alias) {
  TypeSet types;
  if (alias == kNumberAlias) {
    for (const BsonType type : kNumbers) types.add(type);
    return types;
  }
  const auto type = type_of_alias(alias);
  if (!type) return error(ErrorCode::bad_value, "Unknown type name alias: {}", alias);
  return types.add(*type);
}

Result<TypeSet> read_types(const Value& named) {
  if (!named.is_array()) return read_one(named);
  if (named.as_array().empty()) {
    return error(ErrorCode::failed_to_parse, "type array must not be empty");
  }
  TypeSet types;
  for (const Value& one : named.as_array()) {
    TRY(const TypeSet more, read_one(one));
    types.add(more);
  }
  return types;
}

TypeSet& TypeSet::add(const TypeSet& others) {
  bits_ |= others.bits_;
  return *this;
}

bool is_truthy(const Value& value) {
  switch (value.type()) {
    case Type::null:
    case Type::undefined: return false;
    case Type::boolean: return value.as_boolean();
    case Type::int64: return value.as_int64() != 0;
    case Type::float64: return value.as_float64() != 0;
    case Type::decimal: return !value.as_decimal().is_zero();
    default: return true;  // all else is true, whatever types there will be
  }
}
bool is_truthy(const std::optional<Value>& value) { return value && is_truthy(*value); }

bool is_nullish(const std::optional<Value>& value) {
  return !value || value->is_null() || value->type() == Type::undefined;
}

bool equal(const Value& a, const Value& b) { return value::compare(a, b, value::Order::bson) == 0; }

std::int64_t saturated_int64(const Value& number) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  if (number.type() == Type::int64) return number.as_int64();
  if (number.type() == Type::uint64) return kMost;
  if (number.type() == Type::float64) {
    const double real = number.as_float64();
    if (std::isnan(real)) return 0;
    if (real >= 0x1p63) return kMost;
    if (real < -0x1p63) return kLeast;
    return static_cast<std::int64_t>(real);
  }
  if (number.type() != Type::decimal) return 0;
  const value::Decimal& decimal = number.as_decimal();
  if (decimal.kind() == value::Decimal::Kind::nan) return 0;
  const std::int64_t limit = decimal.is_negative() ? kLeast : kMost;
  if (!decimal.is_finite() || (!decimal.is_zero() && decimal.exponent() > 19)) return limit;
  const auto whole = decimal.scale() > 0 ? decimal.rescale(0, value::Rounding::half_even) : decimal;
  return whole ? whole->to_int64().value_or(limit) : limit;
}

std::optional<std::int32_t> exact_int32(const Value& value) {
  if (!value.is_number()) return std::nullopt;
  const auto integral = value.to_int64();
  if (!integral || *integral < std::numeric_limits<std::int32_t>::min() ||
      *integral > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(*integral);
}

Value as_bson(const Value& value) {
  switch (value.type()) {
    case Type::date:
      return Value::timestamp({.seconds = std::int64_t{value.as_date()} * value::kSecondsPerDay});
    case Type::uint64: return Value::decimal(value::Decimal::from_uint64(value.as_uint64()));
    case Type::time_of_day:
    case Type::duration: return Value::string(value::format_duration(value.as_nanoseconds()));
    case Type::geometry: {
      const value::ObjectView fields = value.as_object();
      return Value::object({fields.begin(), fields.end()});
    }
    default: return value;  // BSON has it
  }
}

std::int64_t date_millis(const value::Timestamp& instant) {
  constexpr std::int64_t kMillis = 1'000;
  const bool before = instant.seconds < 0;
  // Seconds are rounded down: those of the least instants are in range only towards zero.
  const std::int64_t seconds = before ? instant.seconds + 1 : instant.seconds;
  const std::int64_t rest =
      static_cast<std::int64_t>(instant.nanoseconds / 1'000'000) - (before ? kMillis : 0);
  std::int64_t millis = 0;
  if (__builtin_mul_overflow(seconds, kMillis, &millis) ||
      __builtin_add_overflow(millis, rest, &millis)) {
    return before ? std::numeric_limits<std::int64_t>::min()
                  : std::numeric_limits<std::int64_t>::max();
  }
  return millis;
}

Value date_of_millis(std::int64_t millis) {
  constexpr std::int64_t kMillis = 1'000;
  std::int64_t seconds = millis / kMillis;
  std::int64_t rest = millis % kMillis;
  if (rest < 0) {
    rest += kMillis;
    --seconds;
  }
  return Value::timestamp(
      {.seconds = seconds, .nanoseconds = static_cast<std::uint32_t>(rest * 1'000'000)});
}

}  // namespace octavo::mongodb
