#include "exec/key_numbers.h"

#include <bit>
#include <cmath>
#include <limits>

#include "value/order_key.h"

namespace octavo::exec {
namespace {

using function::Form;
using function::Operand;
using value::Absence;
using value::Physical;
using value::Timestamp;
using value::Value;

using Number = KeyNumbers::Number;

constexpr Number kSign = Number{1} << 63U;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

// Nothing: there is none above those of rows without a value.
std::optional<Number> above_none(Number number) {
  return number > KeyNumbers::kNull ? std::optional(number) : std::nullopt;
}

std::optional<Number> number_of(std::int64_t integer) {
  return above_none(static_cast<Number>(integer) ^ kSign);
}
std::int64_t integer_of(Number number) { return static_cast<std::int64_t>(number ^ kSign); }

// Both zeros are one number. What is none has its own place in each order.
std::optional<Number> number_of(double real) {
  if (std::isnan(real)) return std::nullopt;
  const auto bits = std::bit_cast<Number>(real + 0.0);
  return above_none((bits & kSign) != 0 ? ~bits : bits | kSign);
}
double real_of(Number number) {
  return std::bit_cast<double>((number & kSign) != 0 ? number ^ kSign : ~number);
}

std::optional<Number> number_of(const Timestamp& instant) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kNanoseconds - 1;
  if (instant.seconds < -kMost || instant.seconds > kMost) return std::nullopt;
  return number_of(instant.seconds * kNanoseconds + static_cast<std::int64_t>(instant.nanoseconds));
}
Timestamp instant_of(Number number) {
  const std::int64_t all = integer_of(number);
  std::int64_t seconds = all / kNanoseconds;
  std::int64_t rest = all % kNanoseconds;
  if (rest < 0) {
    --seconds;
    rest += kNanoseconds;
  }
  return {.seconds = seconds, .nanoseconds = static_cast<std::uint32_t>(rest)};
}

template <class Raw>
std::optional<Number> number_of_raw(const Raw& raw) {
  if constexpr (std::is_same_v<Raw, double> || std::is_same_v<Raw, Timestamp>) {
    return number_of(raw);
  } else {
    return number_of(static_cast<std::int64_t>(raw));
  }
}

}  // namespace

std::optional<KeyNumbers::Type> KeyNumbers::type_of(const value::ColumnType& column) {
  if (!column.type) return std::nullopt;
  const auto lying_as = [&](Kind kind, Physical physical) {
    return column.physical == physical ? std::optional(Type{.kind = kind, .scale = column.scale})
                                       : std::nullopt;
  };
  switch (*column.type) {
    case value::Type::boolean: return lying_as(Kind::boolean, Physical::boolean);
    case value::Type::int64: return lying_as(Kind::integer, Physical::int64);
    case value::Type::float64: return lying_as(Kind::real, Physical::float64);
    case value::Type::decimal: return lying_as(Kind::decimal, Physical::int64);
    case value::Type::date: return lying_as(Kind::date, Physical::int32);
    case value::Type::time_of_day: return lying_as(Kind::time, Physical::int64);
    case value::Type::duration: return lying_as(Kind::duration, Physical::int64);
    case value::Type::timestamp: return lying_as(Kind::instant, Physical::instant);
    default: return std::nullopt;
  }
}

std::optional<KeyNumbers::Type> KeyNumbers::type_of(const Operand& typed) {
  switch (typed.form) {
    case Form::none: return Type();
    case Form::boolean: return Type{.kind = Kind::boolean};
    case Form::integer: return Type{.kind = Kind::integer};
    case Form::decimal: return Type{.kind = Kind::decimal, .scale = typed.scale};
    case Form::real: return Type{.kind = Kind::real};
    case Form::date: return Type{.kind = Kind::date};
    case Form::time: return Type{.kind = Kind::time};
    case Form::instant: return Type{.kind = Kind::instant};
    case Form::text:
    case Form::bytes: break;
  }
  return std::nullopt;
}

bool KeyNumbers::nulls_come_first(const Type& type) const {
  KeyNumbers other(order_);
  other.type_ = type;
  Bytes null;
  value::encode_order_key(Value(), order_, null);
  Bytes least;
  value::encode_order_key(other.value_of(kNull + 1).value_or(Value()), order_, least);
  return null < least;
}

bool KeyNumbers::take(const Type& type) {
  if (type_.kind == Kind::none) {
    type_ = type;
    nulls_first_ = nulls_come_first(type);
  }
  return type == type_;
}

Number KeyNumbers::number_of_none(Absence why) {
  const Number number = why == Absence::missing ? missing_ : kNull;
  has_nulls_ = has_nulls_ || number == kNull;
  return number;
}

template <class Raw, class AbsenceOf>
bool KeyNumbers::fill(const Type& type, std::span<const std::uint16_t> rows, const Raw& raw,
                      const AbsenceOf& absence, Number* out) {
  bool any = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const std::optional<Absence> why = absence(rows[i])) {
      if (*why == Absence::other) return false;
      out[i] = number_of_none(*why);
      continue;
    }
    const std::optional<Number> number = number_of_raw(raw(rows[i]));
    if (!number) return false;
    out[i] = *number;
    any = true;
  }
  if (any && !take(type)) return false;
  return nulls_first_ || !has_nulls_;
}

bool KeyNumbers::of(const value::Vector& field, std::span<const std::uint16_t> rows, Number* out) {
  const auto absence = [&](std::uint16_t row) { return field.absence(row); };
  const auto type = type_of(field.type());
  if (!type) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto why = absence(rows[i]);
      if (!why || *why == Absence::other) return false;
      out[i] = number_of_none(*why);
    }
    return nulls_first_ || !has_nulls_;
  }
  const auto fill_as = [&]<class T>(const T&) {
    const auto view = field.view<T>();
    const auto raw = [&](std::uint16_t row) -> const T& { return view[row]; };
    if (!view.validity->all()) return fill(*type, rows, raw, absence, out);
    return fill(*type, rows, raw, [](std::uint16_t) { return std::optional<Absence>(); }, out);
  };
  switch (type->kind) {
    case Kind::none: break;
    case Kind::boolean: return fill_as(std::uint8_t());
    case Kind::date: return fill_as(std::int32_t());
    case Kind::real: return fill_as(double());
    case Kind::instant: return fill_as(Timestamp());
    case Kind::integer:
    case Kind::decimal:
    case Kind::time:
    case Kind::duration: return fill_as(std::int64_t());
  }
  return false;
}

bool KeyNumbers::of(const Operand& typed, std::span<const std::uint16_t> rows, Number* out) {
  const auto type = type_of(typed);
  if (!type) return false;
  const auto absence = [&](std::uint16_t row) -> std::optional<Absence> {
    switch (typed.state(row)) {
      case function::kPresent: return std::nullopt;
      case function::kNull: return Absence::null;
      case function::kMissing: return Absence::missing;
      case function::kDeferred: break;
    }
    return Absence::other;
  };
  const auto fill_as = [&]<class T>(const T&) {
    const auto raw = [&](std::uint16_t row) -> const T& { return typed.as<T>()[row]; };
    return fill(*type, rows, raw, absence, out);
  };
  switch (type->kind) {
    case Kind::boolean: return fill_as(std::uint8_t());
    case Kind::date: return fill_as(std::int32_t());
    case Kind::real: return fill_as(double());
    case Kind::instant: return fill_as(Timestamp());
    case Kind::none:
    case Kind::integer:
    case Kind::decimal:
    case Kind::time:
    case Kind::duration: return fill_as(std::int64_t());
  }
  return false;
}

std::optional<Value> KeyNumbers::value_of(Number number) const {
  if (number == kMissing) return std::nullopt;
  if (number == kNull) return Value();
  switch (type_.kind) {
    case Kind::none: break;
    case Kind::boolean: return Value::boolean(integer_of(number) != 0);
    case Kind::integer: return Value::int64(integer_of(number));
    case Kind::real: return Value::float64(real_of(number));
    case Kind::date: return Value::date(static_cast<std::int32_t>(integer_of(number)));
    case Kind::time: return Value::time_of_day(integer_of(number));
    case Kind::duration: return Value::duration(integer_of(number));
    case Kind::instant: return Value::timestamp(instant_of(number));
    case Kind::decimal: {
      const std::int64_t units = integer_of(number);
      const Operand one{
          .values = &units, .states = nullptr, .form = Form::decimal, .scale = type_.scale};
      return function::typed_value(one, 0);
    }
  }
  return Value();
}

}  // namespace octavo::exec
