#include "value/random_value.h"

#include <bit>
#include <cmath>
#include <limits>

#include "value/decimal.h"

namespace octavo::value {
namespace {

template <class T, std::size_t N>
const T& pick(Random& random, const T (&choices)[N]) {
  return choices[random.below(N)];
}

std::string random_text(Random& random) {
  static const std::string_view kPieces[] = {"a",
                                             "b",
                                             "ab",
                                             "\x01",
                                             "z",
                                             "\xc3\xa9",
                                             "\xf0\x9f\x98\x80",
                                             std::string_view("\0", 1),
                                             "longer piece of text"};
  std::string text;
  for (std::uint64_t i = random.below(4); i > 0; --i) text += pick(random, kPieces);
  return text;
}

Bytes random_blob(Random& random, std::size_t size) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(random.below(3) == 0 ? '\0' : static_cast<char>(random.below(256)));
  }
  return bytes;
}

std::int64_t random_int64(Random& random) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kEdges[] = {
      kMin, kMin + 1, -(1LL << 53) - 1, -(1LL << 53),    -1,       0,   1,
      255,  256,      1LL << 53,        (1LL << 53) + 1, kMax - 1, kMax};
  switch (random.below(3)) {
    case 0: return pick(random, kEdges);
    case 1: return static_cast<std::int64_t>(random.below(21)) - 10;
    default: return static_cast<std::int64_t>(random()) >> random.below(64);
  }
}

double random_double(Random& random) {
  using Limits = std::numeric_limits<double>;
  constexpr double kEdges[] = {0.0,
                               -0.0,
                               0.5,
                               -0.5,
                               0.1,
                               1.5,
                               0x1p53,
                               0x1p63,
                               0x1p64,
                               -0x1p63,
                               1e300,
                               -1e300,
                               Limits::denorm_min(),
                               -Limits::denorm_min(),
                               Limits::max(),
                               Limits::lowest(),
                               Limits::infinity(),
                               -Limits::infinity(),
                               Limits::quiet_NaN()};
  switch (random.below(4)) {
    case 0: return pick(random, kEdges);
    case 1: return static_cast<double>(random_int64(random));
    case 2: return static_cast<double>(static_cast<std::int64_t>(random.below(41)) - 20) / 4;
    default: return std::bit_cast<double>(random());
  }
}

Decimal random_decimal(Random& random) {
  switch (random.below(5)) {
    case 0: return Decimal::from_int64(random_int64(random));
    case 1: return Decimal::from_double(random_double(random));
    case 2: {  // a neighbour of a double, closer than any other double
      const Decimal base = Decimal::from_int64(random_int64(random));
      const auto near = add(base, *Decimal::make(random.below(2) == 0, Uint256(1), 40));
      return *near;
    }
    case 3: {
      const auto scale = static_cast<int>(random.below(700)) - 350;
      return *Decimal::make(random.below(2) == 0, Uint256(random() >> random.below(64)), scale);
    }
    default: {
      const auto scale = static_cast<int>(random.below(5));
      return *Decimal::make(random.below(2) == 0, Uint256(random.below(100)), scale);
    }
  }
}

std::vector<Field> random_fields(Random& random, int max_depth) {
  static const std::string_view kNames[] = {"a", "b", "c", "", "aa", "$reql_type$", "type"};
  ObjectBuilder builder;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    builder.set(pick(random, kNames), random_value(random, max_depth - 1));
  }
  if (random.below(12) == 0) {  // enough fields for the indexed form
    for (int i = 0; i < 20; ++i) {
      builder.set("field" + std::to_string(random.below(30)), Value::int64(i));
    }
  }
  const Value object = std::move(builder).build();
  return {object.as_object().begin(), object.as_object().end()};
}

}  // namespace

Value random_number(Random& random) {
  constexpr Type kNumbers[] = {Type::int64, Type::uint64, Type::float64, Type::decimal};
  return random_of_type(random, pick(random, kNumbers), 0);
}

Value random_value(Random& random, int max_depth) {
  for (;;) {
    const auto type = static_cast<Type>(random.below(kTypeCount));
    const bool nested = type == Type::array || type == Type::object || type == Type::geometry ||
                        type == Type::javascript;
    if (max_depth > 0 || !nested) return random_of_type(random, type, max_depth);
  }
}

Value random_of_type(Random& random, Type type, int max_depth) {
  switch (type) {
    case Type::null: return Value::null();
    case Type::boolean: return Value::boolean(random.below(2) == 0);
    case Type::int64:
      if (random.below(3) == 0) {
        return Value::int32(static_cast<std::int32_t>(random_int64(random)));
      }
      return Value::int64(random_int64(random));
    case Type::uint64: return Value::uint64(~(random() >> random.below(20) >> 1));
    case Type::float64: return Value::float64(random_double(random));
    case Type::decimal: return Value::decimal(random_decimal(random));
    case Type::string: return Value::string(random_text(random));
    case Type::bytes: {
      const Bytes blob = random_blob(random, random.below(6));
      return Value::bytes(blob, random.below(3) == 0 ? 5 : 0);
    }
    case Type::timestamp:
      return Value::timestamp({static_cast<std::int64_t>(random.below(5)) - 2,
                               static_cast<std::uint32_t>(random.below(3)),
                               static_cast<std::int16_t>(random.below(3))});
    case Type::date: return Value::date(static_cast<std::int32_t>(random.below(5)) - 2);
    case Type::time_of_day: return Value::time_of_day(random_int64(random));
    case Type::duration: return Value::duration(random_int64(random));
    case Type::uuid: return Value::uuid(random_blob(random, 16));
    case Type::object_id: return Value::object_id(random_blob(random, 12));
    case Type::array: {
      std::vector<Value> elements;
      for (std::uint64_t i = random.below(4); i > 0; --i) {
        elements.push_back(random_value(random, max_depth - 1));
      }
      return Value::array(std::move(elements));
    }
    case Type::object: return Value::object(random_fields(random, max_depth));
    case Type::geometry: return Value::geometry(random_fields(random, max_depth));
    case Type::min_key: return Value::min_key();
    case Type::max_key: return Value::max_key();
    case Type::undefined: return Value::undefined();
    case Type::regex: return Value::regex(random_text(random), random_text(random));
    case Type::javascript: {
      std::optional<Value> scope;
      if (max_depth > 0 && random.below(2) == 0) scope = Value::object(random_fields(random, 1));
      return Value::javascript(random_text(random), std::move(scope));
    }
    case Type::symbol: return Value::symbol(random_text(random));
    case Type::log_stamp:
      return Value::log_stamp(static_cast<std::uint32_t>(random.below(3)),
                              static_cast<std::uint32_t>(random.below(3)));
  }
  std::unreachable();
}

}  // namespace octavo::value
