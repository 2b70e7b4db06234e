#pragma once

// What the rows of a vector mean (a type of values and its parameters), and how they lie in memory.

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "value/string_arena.h"
#include "value/value.h"
#include "value/wide_int.h"

namespace octavo::value {

__extension__ using Int128 = __int128;

// Where the elements of a row are in the vector of elements.
struct ListRef {
  std::uint32_t first = 0;
  std::uint32_t size = 0;
};

enum class Physical : std::uint8_t {
  boolean,  // std::uint8_t, 0 or 1
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  int128,   // Int128, a decimal
  int256,   // Uint256, a decimal in two's complement
  instant,  // Timestamp, a zone in each row
  text,     // StringRef: strings, symbols, bytes, uuids, object ids
  list,     // ListRef
  encoded,  // StringRef: a value as docs/formats/document.md has it
  boxed,    // Value
};

// `type`                                     `physical`
//   boolean                                  boolean
//   int64, uint64                            any integer of up to 64 bits
//   float64                                  float32, float64
//   decimal                                  int64 up to 18 digits, int128 up to 38, int256 up to
//   76 timestamp                                instant; without a zone int64, in 10^-precision
//   seconds date                                     int32 time_of_day, duration int64, nanoseconds
//   string, symbol, bytes, uuid, object_id   text
//   array                                    list
//   any of them, or unset                    encoded, boxed
struct ColumnType {
  std::optional<Type> type;  // unset: dynamic, any type in any row
  Physical physical = Physical::boxed;
  std::uint8_t precision = 0;   // decimals: digits in all; times: digits of the second
  std::uint8_t scale = 0;       // decimals: digits after the point
  std::uint16_t collation = 0;  // strings; 0: bytewise
  std::shared_ptr<const ColumnType> element;  // lists

  bool is_dynamic() const { return !type.has_value(); }

  static ColumnType dynamic(Physical physical) { return {.physical = physical}; }
  static ColumnType of(Type type, Physical physical) {
    return {.type = type, .physical = physical};
  }
  static ColumnType decimal(std::uint8_t precision, std::uint8_t scale) {
    const Physical physical = precision <= 18   ? Physical::int64
                              : precision <= 38 ? Physical::int128
                                                : Physical::int256;
    return {.type = Type::decimal, .physical = physical, .precision = precision, .scale = scale};
  }
  static ColumnType list(ColumnType element) {
    return {.type = Type::array,
            .physical = Physical::list,
            .element = std::make_shared<const ColumnType>(std::move(element))};
  }
};

inline bool operator==(const ColumnType& a, const ColumnType& b) {
  const bool elements = a.element == b.element ||
                        (a.element != nullptr && b.element != nullptr && *a.element == *b.element);
  return a.type == b.type && a.physical == b.physical && a.precision == b.precision &&
         a.scale == b.scale && a.collation == b.collation && elements;
}

// Calls `visit` with a `T()` of what a row of this kind is in memory.
template <class Visit>
decltype(auto) visit_physical(Physical physical, Visit&& visit) {
  switch (physical) {
    case Physical::boolean:
    case Physical::uint8: return visit(std::uint8_t());
    case Physical::int8: return visit(std::int8_t());
    case Physical::int16: return visit(std::int16_t());
    case Physical::int32: return visit(std::int32_t());
    case Physical::int64: return visit(std::int64_t());
    case Physical::uint16: return visit(std::uint16_t());
    case Physical::uint32: return visit(std::uint32_t());
    case Physical::uint64: return visit(std::uint64_t());
    case Physical::float32: return visit(float());
    case Physical::float64: return visit(double());
    case Physical::int128: return visit(Int128());
    case Physical::int256: return visit(Uint256());
    case Physical::instant: return visit(Timestamp());
    case Physical::text:
    case Physical::encoded: return visit(StringRef());
    case Physical::list: return visit(ListRef());
    case Physical::boxed: return visit(Value());
  }
  std::unreachable();
}

inline std::size_t bytes_of(Physical physical) {
  return visit_physical(physical, []<class T>(const T&) { return sizeof(T); });
}

// Whether a row of this kind is a `T`.
template <class T>
bool lies_as(Physical physical) {
  return visit_physical(physical, []<class U>(const U&) { return std::is_same_v<T, U>; });
}

}  // namespace octavo::value
