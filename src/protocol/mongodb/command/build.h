#pragma once

// Values of replies, written shortly.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "value/value.h"

namespace octavo::mongodb {

inline value::Value text(std::string_view utf8) { return value::Value::string(utf8); }
inline value::Value document(std::vector<value::Field> fields) {
  return value::Value::object(std::move(fields));
}
inline value::Value int32(std::integral auto number) {
  return value::Value::int32(static_cast<std::int32_t>(number));
}
inline value::Value int64(std::integral auto number) {
  return value::Value::int64(static_cast<std::int64_t>(number));
}
// BSON's date, which has milliseconds.
inline value::Value date(std::int64_t wall_ns) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  const std::int64_t rest = wall_ns % kNanosPerSecond;
  return value::Value::timestamp(
      {.seconds = wall_ns / kNanosPerSecond,
       .nanoseconds = static_cast<std::uint32_t>(rest - rest % kNanosPerMilli)});
}

}  // namespace octavo::mongodb
