#pragma once

// What a text of a value depends on in its type, as one number: a constant of conversions to text.

#include "value/logical_type.h"

namespace octavo::sql {

inline value::Value form_constant(const value::LogicalType& type) {
  const auto kind = static_cast<std::uint64_t>(type.kind);
  return value::Value::uint64(
      kind | std::uint64_t{type.bits} << 8U | std::uint64_t{type.precision} << 16U |
      std::uint64_t{type.scale} << 24U | std::uint64_t{type.shown_width} << 32U |
      std::uint64_t{type.zerofill} << 40U);
}

// `bits` may be any.
inline value::LogicalType form_of(std::uint64_t bits) {
  const auto byte = [bits](unsigned at) { return static_cast<std::uint8_t>(bits >> at); };
  constexpr auto kLast = static_cast<std::uint8_t>(value::Kind::geometry);
  return {.kind = byte(0) > kLast ? value::Kind::dynamic : static_cast<value::Kind>(byte(0)),
          .bits = byte(8),
          .zerofill = (byte(40) & 1) != 0,
          .precision = byte(16),
          .scale = byte(24),
          .shown_width = byte(32)};
}

}  // namespace octavo::sql
