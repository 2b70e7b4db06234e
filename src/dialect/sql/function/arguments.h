#pragma once

// Arguments of operations, read as the form that the binder gave them. Another form is an error
// (`type_mismatch`): an expression may have been stored.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "value/collation.h"
#include "value/decimal.h"
#include "value/value.h"

namespace octavo::sql {

using Args = std::span<const value::Value>;

std::unexpected<Error> wrong_form();

inline Result<std::string_view> text_at(Args args, std::size_t i) {
  if (i < args.size() && args[i].is_string()) return args[i].as_string();
  return wrong_form();
}
// A text or bytes.
Result<std::string_view> string_at(Args args, std::size_t i);
// An integer or a boolean; one above the range of int64 is the greatest.
Result<std::int64_t> integer_at(Args args, std::size_t i);
// The bits of an integer.
Result<std::uint64_t> bits_at(Args args, std::size_t i);
// A number.
Result<double> double_at(Args args, std::size_t i);
// A number that is no double, or a double that is written in decimal.
Result<value::Decimal> decimal_at(Args args, std::size_t i);
// By its number, or null for bytes.
Result<const value::Collation*> collation_at(Args args, std::size_t i);

// A text or bytes, as `like` is.
value::Value string_like(const value::Value& like, std::string_view content);
// Bytes if one of the two is.
value::Value string_like(const value::Value& a, const value::Value& b, std::string_view content);

}  // namespace octavo::sql
