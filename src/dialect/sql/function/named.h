#pragma once

// What the files of named functions share.

#include <string_view>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {

// A row of an operation that is null when an argument is null. `symbol`: the function's name in
// messages, if it is not the operation's.
constexpr OperationRow strict(std::uint16_t number, std::string_view name, std::uint8_t least,
                              Result<value::Value> (*single)(const SingleCall&, Args),
                              std::string_view symbol = {}) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kStrict,
          .symbol = symbol,
          .single = single};
}
// One that decides itself what becomes of null.
constexpr OperationRow lenient(std::uint16_t number, std::string_view name, std::uint8_t least,
                               Result<value::Value> (*single)(const SingleCall&, Args),
                               std::string_view symbol = {}) {
  return {.number = number, .name = name, .least = least, .symbol = symbol, .single = single};
}

// Of a result that is null only when an argument is.
inline Type never_null(Type type) { return with_null(std::move(type), false); }

// As the argument's, of what is made of it.
inline Type computed(Type type) {
  type.flags = 0;
  return never_null(std::move(type));
}
// A text in the session's collation, of so many characters at most.
Type session_text(const CallBinder& call, std::uint32_t characters);
// A text or bytes as `source` is, of so many characters at most.
Type string_type(const Type& source, std::uint64_t characters);
// The common type of the strings among the arguments from `first` on, which were converted to
// strings: bytes if one is; else a text in their common collation, which they get. 1267.
Result<Type> common_string(CallBinder& call, std::uint64_t characters, std::size_t first = 0);
// Of widths, which end at kMaxWidth.
constexpr std::uint32_t kMaxWidth = 0xffff'ffffU / 4;
constexpr std::uint32_t width_of(std::uint64_t width) {
  return width > kMaxWidth ? kMaxWidth : static_cast<std::uint32_t>(width);
}
constexpr std::uint32_t doubled(std::uint32_t width) { return width_of(2ULL * width); }
// To an integer, decimal or double; a condition is an integer.
Status to_plain_number(CallBinder& call, std::size_t i);

// A decimal of SQL has no negative zero.
inline value::Value decimal_value(const value::Decimal& number) {
  return value::Value::decimal(number.is_zero() && number.is_negative() ? number.negated()
                                                                        : number);
}
inline value::Value integer(std::int64_t number) { return value::Value::int64(number); }
inline value::Value boolean(bool yes) { return value::Value::boolean(yes); }

// A constant that names a collation (collation_at).
inline value::Value collation_constant(const value::Collation& collation) {
  return value::Value::int64(collation.id);
}

// 1690 with the call as it is written. `kind`: "BIGINT", "DOUBLE", …
std::unexpected<Error> out_of_range(const SingleCall& call, std::string_view kind);
// A double, or 1690 when it is none.
Result<value::Value> finite(const SingleCall& call, double number);

// What REPEAT and its kin may make at most.
inline value::Value packet_limit(const CallBinder& call) {
  return value::Value::uint64(call.session().max_allowed_packet);
}
// 1301: the result of the function would have more bytes than max_allowed_packet, and is null.
value::Value too_large(const SingleCall& call, std::string_view function, std::uint64_t most);

}  // namespace octavo::sql
