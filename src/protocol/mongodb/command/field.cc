#include "protocol/mongodb/command/field.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/assert.h"
#include "dialect/mongodb/error/error.h"
#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

struct TypeRow {
  Type type;
  FieldTypes bit;
  std::string_view name;
};

// Int and long are told apart by hand: both are int64.
constexpr TypeRow kTypes[] = {
    {Type::null, field::kNull, "null"},
    {Type::boolean, field::kBool, "bool"},
    {Type::int64, field::kLong, "long"},
    {Type::uint64, field::kDecimal, "decimal"},
    {Type::float64, field::kDouble, "double"},
    {Type::decimal, field::kDecimal, "decimal"},
    {Type::string, field::kString, "string"},
    {Type::bytes, field::kBinary, "binData"},
    {Type::timestamp, field::kDate, "date"},
    {Type::date, field::kDate, "date"},
    {Type::time_of_day, field::kString, "string"},
    {Type::duration, field::kString, "string"},
    {Type::uuid, field::kBinary, "binData"},
    {Type::object_id, field::kObjectId, "objectId"},
    {Type::array, field::kArray, "array"},
    {Type::object, field::kObject, "object"},
    {Type::geometry, field::kObject, "object"},
    {Type::min_key, field::kOther, "minKey"},
    {Type::max_key, field::kOther, "maxKey"},
    {Type::undefined, field::kOther, "undefined"},
    {Type::regex, field::kRegex, "regex"},
    {Type::javascript, field::kOther, "javascript"},
    {Type::symbol, field::kOther, "symbol"},
    {Type::log_stamp, field::kTimestamp, "timestamp"},
};
static_assert(std::size(kTypes) == value::kTypeCount);

constexpr TypeRow kInt32{Type::int64, field::kInt, "int"};

const TypeRow& row_of(const Value& value) {
  if (value.is_int32()) return kInt32;
  return *std::ranges::find(kTypes, value.type(), &TypeRow::type);
}

// In the order in which messages list what was expected.
struct Expected {
  FieldTypes bit;
  std::string_view name;
};
constexpr Expected kExpected[] = {
    {field::kBool, "bool"},           {field::kLong, "long"},     {field::kInt, "int"},
    {field::kDecimal, "decimal"},     {field::kDouble, "double"}, {field::kString, "string"},
    {field::kObject, "object"},       {field::kArray, "array"},   {field::kBinary, "binData"},
    {field::kObjectId, "objectId"},   {field::kDate, "date"},     {field::kRegex, "regex"},
    {field::kTimestamp, "timestamp"},
};

std::string list_of(FieldTypes expected) {
  std::string list;
  for (const Expected& row : kExpected) {
    if ((expected & row.bit) == 0) continue;
    if (!list.empty()) list += ", ";
    list += row.name;
  }
  return list;
}

bool is_absent(const Value& value, const FieldRow& row) {
  if (row.rule == FieldRule::null_is_a_value) return false;
  return value.is_null() || value.type() == Type::undefined;
}

std::int64_t from_double(double number) {
  if (std::isnan(number)) return 0;
  if (number >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
  if (number < -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(number);
}

std::int64_t from_decimal(const value::Decimal& number) {
  if (number.kind() == value::Decimal::Kind::nan) return 0;
  const std::int64_t limit = number.is_negative() ? std::numeric_limits<std::int64_t>::min()
                                                  : std::numeric_limits<std::int64_t>::max();
  if (!number.is_finite()) return limit;
  const auto whole = number.rescale(0, value::Rounding::half_even);
  return whole ? whole->to_int64().value_or(limit) : limit;
}

}  // namespace

FieldTypes field_type(const Value& value) { return row_of(value).bit; }

std::string_view field_type_name(const Value& value) { return row_of(value).name; }

std::unexpected<Error> wrong_type(std::string_view path, const Value& value, FieldTypes expected) {
  const std::string list = list_of(expected);
  if (list.find(',') == std::string::npos) {
    return error(ErrorCode::type_mismatch,
                 "BSON field '{}' is the wrong type '{}', expected type '{}'", path,
                 field_type_name(value), list);
  }
  // The bracket closes behind the quote; clients have come to expect that.
  return error(ErrorCode::type_mismatch,
               "BSON field '{}' is the wrong type '{}', expected types '[{}']", path,
               field_type_name(value), list);
}

FieldChecks::FieldChecks(std::string_view path, std::span<const FieldRow> rows)
    : path_(path), rows_(rows) {
  ASSERT(rows.size() <= kMostRows);
}

Result<bool> FieldChecks::look_at(const value::Field& given) {
  const auto row = std::ranges::find(rows_, given.name, &FieldRow::name);
  if (row == rows_.end()) return false;
  if (is_absent(given.value, *row)) return true;
  if ((field_type(given.value) & row->types) == 0) {
    return wrong_type(fmt::format("{}.{}", path_, given.name), given.value, row->types);
  }
  there_.set(static_cast<std::size_t>(row - rows_.begin()));
  return true;
}

std::unexpected<Error> FieldChecks::unknown(std::string_view name) const {
  return error(40415, "BSON field '{}.{}' is an unknown field.", path_, name);
}

Status FieldChecks::end() const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].rule != FieldRule::required || there_.test(i)) continue;
    return error(40414, "BSON field '{}.{}' is missing but a required field", path_, rows_[i].name);
  }
  return {};
}

Status check_fields(std::string_view path, value::ObjectView object,
                    std::span<const FieldRow> rows) {
  FieldChecks checks(path, rows);
  for (const value::Field& given : object) {
    TRY(const bool known, checks.look_at(given));
    if (!known) return checks.unknown(given.name);
  }
  return checks.end();
}

std::int64_t to_integer(const Value& number) {
  switch (number.type()) {
    case Type::int64: return number.as_int64();
    case Type::uint64: return std::numeric_limits<std::int64_t>::max();
    case Type::float64: return from_double(number.as_float64());
    case Type::decimal: return from_decimal(number.as_decimal());
    default: return 0;
  }
}

bool to_flag(const Value& value) {
  if (value.type() == Type::boolean) return value.as_boolean();
  if (value.type() == Type::decimal) return !value.as_decimal().is_zero();
  return value.is_number() && value.to_double() != 0;
}

const Value* given_field(const Value& object, std::string_view name) {
  const Value* const given = object.find(name);
  return given == nullptr || given->is_null() ? nullptr : given;
}

bool given_flag(const Value& object, std::string_view name) {
  const Value* const given = given_field(object, name);
  return given != nullptr && to_flag(*given);
}

}  // namespace octavo::mongodb
