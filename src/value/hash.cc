// Hashing that agrees with operator==: numbers by value whatever their kind, objects without
// regard to the order of their fields. For tables in memory; never stored.

#include <bit>
#include <cmath>
#include <utility>

#include "base/checksum.h"
#include "value/decimal.h"
#include "value/number.h"
#include "value/type_table.h"

namespace octavo::value {
namespace {

// The finaliser of splitmix64.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t combine(std::uint64_t seed, std::uint64_t next) {
  return mix(seed ^ (next + 0x9e3779b97f4a7c15ULL + (seed << 6)));
}

// What is exactly a double hashes as that double, all else by its decimal digits.
std::uint64_t hash_number(const Value& number) {
  if (number.type() == Type::int64) {
    const std::int64_t integer = number.as_int64();
    if (integer >= -(1LL << 53) && integer <= (1LL << 53)) {
      const double real = static_cast<double>(integer);
      return mix(std::bit_cast<std::uint64_t>(real));
    }
  }
  const FloorDouble floor = floor_double(number);
  if (floor.exact) {
    if (std::isnan(floor.value)) return mix(0x7ff8dead);
    const double real = floor.value == 0 ? 0.0 : floor.value;  // -0.0 is 0.0
    return mix(std::bit_cast<std::uint64_t>(real));
  }
  const Decimal exact = (number.type() == Type::int64    ? Decimal::from_int64(number.as_int64())
                         : number.type() == Type::uint64 ? Decimal::from_uint64(number.as_uint64())
                                                         : number.as_decimal())
                            .normalized();
  std::uint64_t result = mix(static_cast<std::uint64_t>(exact.scale()));
  for (const std::uint64_t limb : exact.coefficient().limbs) result = combine(result, limb);
  return exact.is_negative() ? ~result : result;
}

}  // namespace

std::uint64_t hash(const Value& value) {
  const std::uint64_t seed = row_of(value.type()).key_tag;
  switch (value.type()) {
    case Type::null:
    case Type::min_key:
    case Type::max_key:
    case Type::undefined: return mix(seed);
    case Type::boolean: return mix(seed + (value.as_boolean() ? 1 : 0));
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: return hash_number(value);
    case Type::string:
    case Type::symbol: return hash64(value.as_string(), seed);
    case Type::bytes:
    case Type::uuid:
    case Type::object_id: return hash64(value.as_bytes(), seed);
    case Type::timestamp: {
      const Timestamp time = value.as_timestamp();
      return combine(mix(seed + static_cast<std::uint64_t>(time.seconds)), time.nanoseconds);
    }
    case Type::date: return combine(seed, static_cast<std::uint64_t>(value.as_date()));
    case Type::time_of_day:
    case Type::duration: return combine(seed, static_cast<std::uint64_t>(value.as_nanoseconds()));
    case Type::array: {
      std::uint64_t result = mix(seed);
      for (const Value& element : value.as_array()) result = combine(result, hash(element));
      return result;
    }
    case Type::object:
    case Type::geometry: {
      std::uint64_t sum = mix(seed);
      for (const Field& field : value.as_object()) {
        sum += combine(hash64(field.name), hash(field.value));
      }
      return mix(sum);
    }
    case Type::regex:
      return combine(hash64(value.regex_pattern(), seed), hash64(value.regex_options()));
    case Type::javascript: {
      const Value* scope = value.javascript_scope();
      return combine(hash64(value.javascript_code(), seed), scope != nullptr ? hash(*scope) : 1);
    }
    case Type::log_stamp:
      return combine(mix(seed + value.log_stamp_seconds()), value.log_stamp_increment());
  }
  std::unreachable();
}

}  // namespace octavo::value
