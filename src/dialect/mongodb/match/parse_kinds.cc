// $exists, $type, $mod, $size.

#include <cmath>
#include <limits>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/types.h"
#include "dialect/mongodb/match/whole_number.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

Result<ExprPtr> parse_exists(const FieldCall& call) {
  ExprPtr exists = test(op::kExists, call.place, call.subject.names, Value::null());
  return is_truthy(call.operand) ? exists : not_of(std::move(exists));
}

Result<ExprPtr> parse_type(const FieldCall& call) {
  TRY(const TypeSet types, read_types(call.operand));
  return test(op::kHasType, call.place, call.subject.names, numbers_of(types));
}

// An integer of $mod: a fraction is cut off.
Result<Value> modulo_number(std::string_view part, const Value& number) {
  if (!number.is_number()) {
    return error(ErrorCode::bad_value, "malformed mod, {} not a number", part);
  }
  if (const auto whole = truncated_int64(number)) return Value::int64(*whole);
  return error(ErrorCode::bad_value, "malformed mod, {} value is invalid :: caused by :: {}", part,
               std::isfinite(number.to_double()) ? "Out of bounds coercing to integral value"
                                                 : "Unable to coerce NaN/Inf to integral type");
}

Result<ExprPtr> parse_mod(const FieldCall& call) {
  if (!call.operand.is_array()) {
    return error(ErrorCode::bad_value, "malformed mod, needs to be an array");
  }
  const value::ArrayView parts = call.operand.as_array();
  if (parts.size() < 2) return error(ErrorCode::bad_value, "malformed mod, not enough elements");
  if (parts.size() > 2) return error(ErrorCode::bad_value, "malformed mod, too many elements");
  TRY(Value divisor, modulo_number("divisor", parts[0]));
  TRY(Value remainder, modulo_number("remainder", parts[1]));
  if (divisor.as_int64() == 0) return error(ErrorCode::bad_value, "divisor cannot be 0");
  return test(op::kModulo, call.place, call.subject.names,
              Value::array({std::move(divisor), std::move(remainder)}));
}

Result<ExprPtr> parse_size(const FieldCall& call) {
  const auto size = natural_number(call.name, call.operand);
  if (!size) {
    return error(ErrorCode::bad_value, "Failed to parse $size. {}", size.error().what);
  }
  if (*size > std::numeric_limits<std::int32_t>::max()) {
    return error(ErrorCode::bad_value,
                 "Failed to parse $size. Cannot represent as a 32-bit integer: {}", call.text());
  }
  return test(op::kSizeIs, call.place, call.subject.names, Value::int64(*size));
}

constexpr FieldOperator kRows[] = {
    {"$exists", parse_exists},
    {"$mod", parse_mod},
    {"$size", parse_size},
    {"$type", parse_type},
};

}  // namespace

std::span<const FieldOperator> kind_operators() { return kRows; }

}  // namespace octavo::mongodb
