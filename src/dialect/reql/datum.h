#pragma once

// Datums: how ReQL sees `value::Value`. Numbers are float64 (other kinds, which other
// protocols may store, are read as the nearest double), objects keep their fields sorted bytewise
// by name, TIME is a timestamp, BINARY is bytes, and geometry is a geometry.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::reql {

using value::Field;
using value::Type;
using value::Value;

constexpr std::string_view kTypeKey = "$reql_type$";
constexpr std::string_view kLiteralType = "LITERAL";
constexpr std::string_view kLiteralValueKey = "value";
constexpr std::size_t kDefaultArrayLimit = 100'000;

// "NUMBER", "STRING", "PTYPE<TIME>", …: as in messages and type_of.
std::string_view type_name(const Value& datum);

inline bool is_literal(const Value& datum) {
  if (!datum.is_object()) return false;
  const Value* type = datum.find(kTypeKey);
  return type != nullptr && type->is_string() && type->as_string() == kLiteralType;
}
// Objects that behave as fields: not a LITERAL, not a geometry.
inline bool is_plain_object(const Value& datum) { return datum.is_object() && !is_literal(datum); }

constexpr double kMaxSafeInteger = 9007199254740992.0;  // 2^53: every integer up to it is a double

inline bool truthy(const Value& datum) {
  return !(datum.is_null() || (datum.type() == Type::boolean && !datum.as_boolean()));
}

inline std::strong_ordering order(const Value& a, const Value& b) {
  return value::compare(a, b, value::Order::by_type_name);
}
inline bool same(const Value& a, const Value& b) { return order(a, b) == 0; }

// «Expected type NUMBER but found STRING.», NON_EXISTENCE when `found` is null.
std::unexpected<Error> type_error(std::string_view expected, const Value& found);

Result<double> to_number(const Value& datum);
// An integer of magnitude at most 2^53: «Number not an integer: 1.5».
Result<std::int64_t> to_integer(const Value& datum);
Result<std::int64_t> to_integer(double number);
Status check_string(const Value& datum);
Status check_array(const Value& datum);
Status check_object(const Value& datum);
// A number datum; «Non-finite number: inf» when it is not one.
Result<Value> make_number(double number);
inline Value number(double finite) { return Value::float64(finite); }
inline Value string(std::string_view utf8) { return Value::string(utf8); }

// Sorts the fields by name; names must be unique.
Value make_object(std::vector<Field> fields);
// «Array over size limit …» above `limit`.
Result<Value> make_array(std::vector<Value> elements, std::size_t limit);

// Merges as `merge`, `update` and conflict: "update" do; LITERAL replaces, and erases when empty.
Value merge(const Value& base, const Value& with);
// `datum` with every LITERAL in it replaced by its value.
Value drop_literals(const Value& datum);

// Objects that carry $reql_type$ as the pseudotype they stand for, in depth (the client sends
// plain objects). The fields are in any order, their names unique.
Result<Value> from_fields(std::vector<Field> fields);

std::string print(const Value& datum);        // indented JSON, as in messages
std::string print_short(const Value& datum);  // cut to 300 bytes, as in messages
std::string print_number(double number);      // "1", "1.5", "1e+300"

}  // namespace octavo::reql
