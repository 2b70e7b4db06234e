// Fields of documents that declare no columns, as the kind that was inferred for them.

#include <cmath>

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/form.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::LogicalType;
using value::Type;
using value::Value;

// A value of another kind, and whether that lost something.
Converted<Value> read_number(const Value& value, const LogicalType& form) {
  switch (form.kind) {
    case Kind::boolean: {
      const Converted<double> number = double_of(value);
      return {.value = Value::boolean(number.value != 0), .loss = number.loss};
    }
    case Kind::decimal: {
      const Converted<Decimal> number = decimal_of(value);
      const Converted<Decimal> rounded =
          round_decimal(number.value, kMaxDecimalPrecision, form.scale);
      return {.value = Value::decimal(rounded.value),
              .loss = number.loss != Loss::none ? number.loss : rounded.loss};
    }
    case Kind::real: {
      const Converted<double> number = double_of(value);
      return {.value = Value::float64(number.value), .loss = number.loss};
    }
    default: {
      const Converted<Integer> number = integer_of(value, false, TextAs::number);
      const bool fraction =
          value.type() == Type::float64 && std::trunc(value.as_float64()) != value.as_float64();
      return {.value = value_of(number.value), .loss = fraction ? Loss::cut : number.loss};
    }
  }
}

Converted<Value> read_time_of(const Value& value, const LogicalType& form) {
  if (form.kind == Kind::time) {
    const Converted<std::int64_t> time = time_of_value(value, 0);
    return {.value = Value::time_of_day(time.value), .loss = time.loss};
  }
  Converted<value::Timestamp> at = instant_of_value(value, 0, 0);
  if (form.kind == Kind::date) {
    const bool cut = at.loss == Loss::none && time_of(datetime_of(at.value)) != 0;
    return {.value = Value::date(static_cast<std::int32_t>(datetime_day(at.value))),
            .loss = cut ? Loss::cut : at.loss};
  }
  const Converted<value::Timestamp> rounded = round_instant(at.value, form.precision);
  return {.value = Value::timestamp(rounded.value),
          .loss = at.loss != Loss::none ? at.loss : rounded.loss};
}

bool is_text(Kind kind) {
  return kind == Kind::text || kind == Kind::enumeration || kind == Kind::uuid ||
         kind == Kind::object_id || kind == Kind::duration;
}

Converted<Value> convert(const Value& value, const LogicalType& form) {
  if (is_text(form.kind)) return {.value = Value::string(plain_text(value))};
  switch (form.kind) {
    case Kind::bytes: return {.value = Value::bytes(plain_text(value))};
    case Kind::date:
    case Kind::time:
    case Kind::datetime:
    case Kind::timestamp: return read_time_of(value, form);
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
    case Kind::decimal:
    case Kind::bits:
    case Kind::year: return read_number(value, form);
    default: return {.value = value};
  }
}

// Whether it is of the kind already. Kept apart from `convert`, for almost all values are.
bool is_of(const Value& value, const LogicalType& form) {
  const Type type = value.type();
  switch (form.kind) {
    case Kind::boolean: return type == Type::boolean;
    case Kind::integer: return type == Type::int64 || type == Type::uint64;
    case Kind::real: return type == Type::float64;
    case Kind::text: return type == Type::string;
    case Kind::bytes: return type == Type::bytes;
    case Kind::date: return type == Type::date;
    case Kind::time: return type == Type::time_of_day;
    default: return false;
  }
}

Result<Value> read(const SingleCall& call, Args args) {
  TRY(const std::uint64_t bits, bits_at(args, 1));
  const LogicalType form = form_of(bits);
  if (is_of(args[0], form)) return args[0];
  Converted<Value> read = convert(args[0], form);
  if (read.loss != Loss::none) {
    const std::string_view kind =
        form.kind == Kind::date || form.kind == Kind::datetime || form.kind == Kind::timestamp
            ? "datetime"
            : "value";
    TRY_STATUS(lose(call, loss_rule(args[2]), truncated(kind, plain_text(args[0]))));
  }
  return std::move(read.value);
}

constexpr OperationRow kRows[] = {
    {.number = op::kRead,
     .name = "sql.read",
     .least = 4,
     .flags = operation_flag::kStrictFirst | operation_flag::kHidden,
     .single = read},
};

}  // namespace

std::span<const OperationRow> read_operations() { return kRows; }

}  // namespace octavo::sql
