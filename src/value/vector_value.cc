// Values in and out of vectors: which values a declared type holds, and what its rows are as
// values.

#include <bit>
#include <cmath>
#include <limits>

#include "value/decimal.h"
#include "value/document.h"
#include "value/maker.h"
#include "value/vector.h"

namespace octavo::value {
namespace {

constexpr std::int64_t kPow10[] = {1,       10,        100,        1'000,       10'000,
                                   100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr std::uint8_t kNanosecondDigits = 9;

Uint256 negated(Uint256 value) {
  for (std::uint64_t& limb : value.limbs) limb = ~limb;
  value.multiply_add(1, 1);  // of zero it wraps to zero
  return value;
}

// Two's complement of 256 bits, whatever the width in memory.
Uint256 widened(std::int64_t value) {
  Uint256 wide(static_cast<std::uint64_t>(value));
  for (std::size_t i = 1; i < 4; ++i) wide.limbs[i] = value < 0 ? ~std::uint64_t{0} : 0;
  return wide;
}
Uint256 widened(Int128 value) {
  Uint256 wide = widened(static_cast<std::int64_t>(value >> 64));
  wide.limbs[1] = wide.limbs[0];
  wide.limbs[0] = static_cast<std::uint64_t>(value);
  return wide;
}
Uint256 widened(const Uint256& value) { return value; }

Value decimal_of(const Uint256& complement, std::uint8_t scale) {
  const bool negative = (complement.limbs[3] >> 63) != 0;
  return Value::decimal(Decimal(negative, negative ? negated(complement) : complement, scale));
}

Timestamp instant_of(std::int64_t ticks, std::uint8_t precision) {
  const std::int64_t per_second = kPow10[precision];
  std::int64_t seconds = ticks / per_second;
  std::int64_t rest = ticks % per_second;
  if (rest < 0) {
    --seconds;
    rest += per_second;
  }
  return {.seconds = seconds,
          .nanoseconds = static_cast<std::uint32_t>(rest * kPow10[kNanosecondDigits - precision])};
}

std::optional<std::int64_t> ticks_of(const Timestamp& time, std::uint8_t precision) {
  const std::int64_t unit = kPow10[kNanosecondDigits - precision];
  if (time.zone_minutes != 0 || time.nanoseconds % unit != 0) return std::nullopt;
  std::int64_t ticks = 0;
  if (__builtin_mul_overflow(time.seconds, kPow10[precision], &ticks) ||
      __builtin_add_overflow(ticks, time.nanoseconds / unit, &ticks)) {
    return std::nullopt;
  }
  return ticks;
}

// The coefficient at the type's scale.
std::optional<Uint256> unscaled(const Value& value, const ColumnType& type) {
  if (value.type() != Type::decimal || !value.as_decimal().is_finite()) return std::nullopt;
  const Decimal& exact = value.as_decimal();
  const auto scaled = exact.rescale(type.scale, Rounding::down);
  if (!scaled || *scaled != exact || scaled->digits() > type.precision) return std::nullopt;
  return scaled->is_negative() ? negated(scaled->coefficient()) : scaled->coefficient();
}

std::string_view content_of(const Value& text) {
  const bool is_string = text.type() == Type::string || text.type() == Type::symbol;
  return is_string ? text.as_string() : text.as_bytes();
}

Value text_value(Type type, std::string_view content) {
  switch (type) {
    case Type::string: return Value::string(content);
    case Type::symbol: return Value::symbol(content);
    case Type::bytes: return Value::bytes(content);
    case Type::uuid: return Value::uuid(content);
    case Type::object_id: return Value::object_id(content);
    default: break;
  }
  ASSERT(false);
  return {};
}

// What a row of numbers, times or booleans is.
template <class T>
Value boxed(const T& raw, const ColumnType& type) {
  switch (*type.type) {
    case Type::boolean: return Value::boolean(raw != 0);
    case Type::int64: return Value::int64(static_cast<std::int64_t>(raw));
    case Type::uint64: return Value::uint64(static_cast<std::uint64_t>(raw));
    case Type::float64: return Value::float64(static_cast<double>(raw));
    case Type::date: return Value::date(static_cast<std::int32_t>(raw));
    case Type::time_of_day: return Value::time_of_day(static_cast<std::int64_t>(raw));
    case Type::duration: return Value::duration(static_cast<std::int64_t>(raw));
    case Type::timestamp:
      return Value::timestamp(instant_of(static_cast<std::int64_t>(raw), type.precision));
    case Type::decimal: return decimal_of(widened(static_cast<std::int64_t>(raw)), type.scale);
    default: break;
  }
  ASSERT(false);
  return {};
}

template <class T>
bool store_integer(T& out, const Value& value) {
  if (value.type() != Type::int64 && value.type() != Type::uint64) return false;
  if (value.type() == Type::uint64) {
    if (!std::is_same_v<T, std::uint64_t>) return false;
    out = static_cast<T>(value.as_uint64());
    return true;
  }
  if (!std::in_range<T>(value.as_int64())) return false;
  out = static_cast<T>(value.as_int64());
  return true;
}

template <class T>
bool store_float(T& out, const Value& value) {
  if (value.type() != Type::float64) return false;
  const double real = value.as_float64();
  if (std::isfinite(real) && std::fabs(real) > double{std::numeric_limits<T>::max()}) return false;
  out = static_cast<T>(real);
  return std::isnan(real) || double{out} == real;
}

// A number of up to 64 bits in memory, whatever it means.
template <class T>
bool store(T& out, const Value& value, const ColumnType& type) {
  if constexpr (std::is_floating_point_v<T>) {
    return store_float(out, value);
  } else {
    switch (*type.type) {
      case Type::int64:
      case Type::uint64: return store_integer(out, value);
      case Type::boolean:
        if (value.type() != Type::boolean) return false;
        out = value.as_boolean() ? 1 : 0;
        return true;
      case Type::date:
        if (value.type() != Type::date) return false;
        out = static_cast<T>(value.as_date());
        return true;
      case Type::time_of_day:
      case Type::duration:
        if (value.type() != *type.type) return false;
        out = static_cast<T>(value.as_nanoseconds());
        return true;
      case Type::timestamp: {
        if (value.type() != Type::timestamp) return false;
        const auto ticks = ticks_of(value.as_timestamp(), type.precision);
        if (ticks) out = static_cast<T>(*ticks);
        return ticks.has_value();
      }
      case Type::decimal: {
        const auto coefficient = unscaled(value, type);
        if (coefficient) out = static_cast<T>(coefficient->limbs[0]);
        return coefficient.has_value();
      }
      default: return false;
    }
  }
}

bool may_be(const ColumnType& type, const Value& value) {
  return type.is_dynamic() || *type.type == value.type();
}

// One row of a flat vector.
struct Cell {
  Vector& vector;
  std::size_t row;
  const Value& value;

  template <class T>
  bool put(const T&) const {
    return store(vector.fill<T>()[row], value, vector.type());
  }
  bool put(const Int128&) const {
    const auto coefficient = unscaled(value, vector.type());
    if (!coefficient) return false;
    vector.fill<Int128>()[row] = static_cast<Int128>(
        (static_cast<Uint128>(coefficient->limbs[1]) << 64) | coefficient->limbs[0]);
    return true;
  }
  bool put(const Uint256&) const {
    const auto coefficient = unscaled(value, vector.type());
    if (coefficient) vector.fill<Uint256>()[row] = *coefficient;
    return coefficient.has_value();
  }
  bool put(const Timestamp&) const {
    if (value.type() != Type::timestamp) return false;
    vector.fill<Timestamp>()[row] = value.as_timestamp();
    return true;
  }
  bool put(const StringRef&) const {
    if (!may_be(vector.type(), value)) return false;
    if (vector.type().physical == Physical::text) {
      vector.fill<StringRef>()[row] = vector.arena().add(content_of(value));
      return true;
    }
    Bytes encoded;
    if (!encode_document(value, encoded)) return false;
    vector.fill<StringRef>()[row] = vector.arena().add(encoded);
    return true;
  }
  bool put(const ListRef&) const {
    if (value.type() != Type::array) return false;
    const ArrayView array = value.as_array();
    Vector& elements = vector.elements();
    const std::size_t first = elements.rows();
    elements.resize(first + array.size());
    bool held = true;
    for (std::size_t i = 0; i < array.size(); ++i) held &= elements.put(first + i, array[i]);
    if (!held) return false;
    vector.fill<ListRef>()[row] = {static_cast<std::uint32_t>(first),
                                   static_cast<std::uint32_t>(array.size())};
    return true;
  }
  bool put(const Value&) const {
    if (!may_be(vector.type(), value)) return false;
    vector.fill<Value>()[row] = value;
    return true;
  }
};

}  // namespace

bool Vector::put(std::size_t row, const Value& value) {
  ASSERT(row < rows_);
  if (value.is_null()) {
    validity().clear(row, Absence::null);
    return true;
  }
  const Cell cell{*this, row, value};
  const bool held =
      visit_physical(type().physical, [&](const auto& kind) { return cell.put(kind); });
  if (held) {
    validity().set(row);
  } else {
    validity().clear(row, Absence::other);
  }
  return held;
}

Result<Value> Vector::at(std::size_t row) const {
  const std::size_t at = place(row);
  if (!data_->validity.has(at)) return Value();
  const ColumnType& type = data_->type;
  return visit_physical(type.physical, [&]<class T>(const T&) -> Result<Value> {
    const T& raw = data_->values.as<T>()[at];
    if constexpr (std::is_same_v<T, Value>) {
      return raw;
    } else if constexpr (std::is_same_v<T, StringRef>) {
      if (type.physical == Physical::encoded) return decode_document(raw.view());
      return text_value(*type.type, raw.view());
    } else if constexpr (std::is_same_v<T, ListRef>) {
      ArrayMaker maker(raw.size);
      for (std::uint32_t i = 0; i < raw.size; ++i) {
        TRY(Value element, data_->elements.at(raw.first + i));
        maker.append(std::move(element));
      }
      return std::move(maker).finish();
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      return Value::timestamp(raw);
    } else if constexpr (std::is_same_v<T, Int128> || std::is_same_v<T, Uint256>) {
      return decimal_of(widened(raw), type.scale);
    } else {
      return boxed(raw, type);
    }
  });
}

}  // namespace octavo::value
