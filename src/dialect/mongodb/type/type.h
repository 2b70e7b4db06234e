#pragma once

// BSON's types: their numbers and names as $type, validators and messages have them, and what type
// a value of ours has. Types that BSON lacks are those that they are shown as: an unsigned number
// above 2^63 is a decimal, a date of SQL a date, a time of day or a duration a string, a geometry
// an object (docs/formats/value.md).

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class BsonType : std::int16_t {
  min_key = -1,
  missing = 0,  // there is no value
  number_double = 1,
  string = 2,
  object = 3,
  array = 4,
  binary = 5,
  undefined = 6,
  object_id = 7,
  boolean = 8,
  date = 9,
  null = 10,
  regex = 11,
  db_pointer = 12,
  javascript = 13,
  symbol = 14,
  javascript_with_scope = 15,
  number_int = 16,
  timestamp = 17,
  number_long = 18,
  number_decimal = 19,
  max_key = 127,
};

BsonType bson_type(const value::Value& value);
BsonType bson_type(const std::optional<value::Value>& value);  // `missing` for none

// "int", "objectId", "missing": the alias of $type, and what messages call it.
std::string_view type_alias(BsonType type);
std::string_view type_alias(const value::Value& value);
std::string_view type_alias(const std::optional<value::Value>& value);

std::optional<BsonType> type_of_alias(std::string_view alias);  // not "number", not "missing"
std::optional<BsonType> type_of_number(std::int64_t number);    // not 0

// Some types, as $type, $jsonSchema and others name them.
class TypeSet {
 public:
  TypeSet& add(BsonType type);
  TypeSet& add(const TypeSet& others);
  bool has(BsonType type) const;
  bool empty() const { return bits_ == 0; }

 private:
  std::uint32_t bits_ = 0;
};
// One name, "number" for all four of them.
Result<TypeSet> types_of_alias(std::string_view alias);
// A name, a number, or an array of them, as $type takes it: bad_value for what names no type,
// type_mismatch for what is neither, failed_to_parse for an empty array.
Result<TypeSet> read_types(const value::Value& named);

// false, null, undefined, zero and what is missing are false; all else is true (NaN, "" and []
// too).
bool is_truthy(const value::Value& value);
bool is_truthy(const std::optional<value::Value>& value);

// Null, undefined or nothing: what most operators answer with null.
bool is_nullish(const std::optional<value::Value>& value);

// Equal as MongoDB has it: numbers by value, fields in order.
bool equal(const value::Value& a, const value::Value& b);

// A number as MongoDB's commands read one into an integer: doubles are cut, decimals rounded half
// to even, NaN is 0, and what is out of range is the nearest that is in it.
std::int64_t saturated_int64(const value::Value& number);
// The number where it is integral and in the range of int32.
std::optional<std::int32_t> exact_int32(const value::Value& value);

// The document or the date as it is shown: a geometry as an object, a date of SQL as an instant, a
// time of day as a string. Others stay as they are.
value::Value as_bson(const value::Value& value);
constexpr bool is_of_bson(value::Type type) {
  return type != value::Type::uint64 && type != value::Type::date &&
         type != value::Type::time_of_day && type != value::Type::duration &&
         type != value::Type::geometry;
}

// Milliseconds since 1970 of a date.
std::int64_t date_millis(const value::Timestamp& instant);
value::Value date_of_millis(std::int64_t millis);

}  // namespace octavo::mongodb
