#pragma once

// The bytes of docs/formats/document.md that encoder, decoder and view share.

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "value/heap.h"

namespace octavo::value::document {

enum Tag : unsigned char {
  kNull = 0x00,
  kFalse = 0x01,
  kTrue = 0x02,
  kUndefined = 0x03,
  kMinKey = 0x04,
  kMaxKey = 0x05,
  // int64 in 1, 2, 4 or 8 bytes
  kInt8 = 0x08,
  kInt16 = 0x09,
  kInt32 = 0x0a,
  kInt64 = 0x0b,
  // float64: integral in 1, 2 or 4 bytes, exact as a float32, or 8 bytes
  kFloatInt8 = 0x0c,
  kFloatInt16 = 0x0d,
  kFloatInt32 = 0x0e,
  kFloat32 = 0x0f,
  kFloat64 = 0x10,
  kUint64 = 0x11,
  kDecimal = 0x12,
  kString = 0x13,
  kSymbol = 0x14,
  kBytes = 0x15,
  kUuid = 0x16,
  kObjectId = 0x17,
  kTimestamp = 0x18,
  kDate = 0x19,
  kTimeOfDay = 0x1a,
  kDuration = 0x1b,
  kLogStamp = 0x1c,
  kRegex = 0x1d,
  kJavascript = 0x1e,
  kBytesOfSubtype = 0x1f,  // a byte, the subtype, which is not 0; the bytes
  // Containers: the tag plus log2 of the width of their counts and offsets.
  kArray = 0x20,
  kObject = 0x24,
  kGeometry = 0x28,
  // int32 in 1, 2 or 4 bytes
  kNarrowInt8 = 0x2c,
  kNarrowInt16 = 0x2d,
  kNarrowInt32 = 0x2e,
  // Integers 0 … 63 in the tag.
  kSmallInt = 0x40,
  kSmallFloat = 0x80,
  kEndOfTags = 0xc0,
};
constexpr std::int64_t kSmallLimit = 64;

// Objects with more fields carry a permutation that lists them by name.
constexpr std::size_t kUnindexedFields = kLinearFields;

inline std::uint32_t load_width(const char* source, std::size_t width) {
  switch (width) {
    case 1: return static_cast<unsigned char>(*source);
    case 2: return load_le<std::uint16_t>(source);
    default: return load_le<std::uint32_t>(source);
  }
}

inline void store_width(char* target, std::size_t width, std::size_t value) {
  switch (width) {
    case 1: *target = static_cast<char>(value); return;
    case 2: return store_le(target, static_cast<std::uint16_t>(value));
    default: return store_le(target, static_cast<std::uint32_t>(value));
  }
}

// An array: tag, count, ends of values, values.
// An object: tag, count, ends of names, ends of values, [positions by name], names, values.
class Container {
 public:
  // nullopt when `bytes` is no container or too short for its own tables.
  static std::optional<Container> open(BytesView bytes);

  bool is_array() const { return is_array_; }
  std::size_t count() const { return count_; }
  std::size_t width() const { return width_; }
  bool indexed() const { return !is_array_ && count_ > kUnindexedFields; }
  BytesView names() const { return names_; }
  BytesView values() const { return values_; }

  std::size_t name_end(std::size_t i) const { return load_width(name_ends_ + i * width_, width_); }
  std::size_t value_end(std::size_t i) const {
    return load_width(value_ends_ + i * width_, width_);
  }
  std::size_t by_name(std::size_t i) const { return load_width(by_name_ + i * width_, width_); }

  // nullopt when the ends do not ascend within the area. `i` < count().
  std::optional<BytesView> name(std::size_t i) const {
    return slice(names_, i == 0 ? 0 : name_end(i - 1), name_end(i));
  }
  std::optional<BytesView> value(std::size_t i) const {
    return slice(values_, i == 0 ? 0 : value_end(i - 1), value_end(i));
  }
  std::optional<std::size_t> find(std::string_view wanted) const;

 private:
  static std::optional<BytesView> slice(BytesView area, std::size_t begin, std::size_t end) {
    if (begin > end || end > area.size()) return std::nullopt;
    return area.substr(begin, end - begin);
  }

  bool is_array_ = true;
  std::size_t count_ = 0;
  std::size_t width_ = 1;
  const char* name_ends_ = nullptr;
  const char* value_ends_ = nullptr;
  const char* by_name_ = nullptr;
  BytesView names_;
  BytesView values_;
};

constexpr std::uint8_t kNoType = 0xff;
using TypesOfTags = std::array<std::uint8_t, 256>;  // Type, or kNoType

constexpr TypesOfTags make_types_of_tags() {
  TypesOfTags types{};
  types.fill(kNoType);
  const auto set = [&](unsigned first, unsigned last, Type type) {
    for (unsigned tag = first; tag <= last; ++tag) types[tag] = static_cast<std::uint8_t>(type);
  };
  set(kNull, kNull, Type::null);
  set(kFalse, kTrue, Type::boolean);
  set(kUndefined, kUndefined, Type::undefined);
  set(kMinKey, kMinKey, Type::min_key);
  set(kMaxKey, kMaxKey, Type::max_key);
  set(kInt8, kInt64, Type::int64);
  set(kNarrowInt8, kNarrowInt32, Type::int64);
  set(kFloatInt8, kFloat64, Type::float64);
  set(kUint64, kUint64, Type::uint64);
  set(kDecimal, kDecimal, Type::decimal);
  set(kString, kString, Type::string);
  set(kSymbol, kSymbol, Type::symbol);
  set(kBytes, kBytes, Type::bytes);
  set(kBytesOfSubtype, kBytesOfSubtype, Type::bytes);
  set(kUuid, kUuid, Type::uuid);
  set(kObjectId, kObjectId, Type::object_id);
  set(kTimestamp, kTimestamp, Type::timestamp);
  set(kDate, kDate, Type::date);
  set(kTimeOfDay, kTimeOfDay, Type::time_of_day);
  set(kDuration, kDuration, Type::duration);
  set(kLogStamp, kLogStamp, Type::log_stamp);
  set(kRegex, kRegex, Type::regex);
  set(kJavascript, kJavascript, Type::javascript);
  set(kArray, kArray + 2, Type::array);
  set(kObject, kObject + 2, Type::object);
  set(kGeometry, kGeometry + 2, Type::geometry);
  set(kSmallInt, kSmallFloat - 1, Type::int64);
  set(kSmallFloat, kEndOfTags - 1, Type::float64);
  return types;
}
constexpr TypesOfTags kTypesOfTags = make_types_of_tags();

inline std::optional<Type> type_of_tag(unsigned char tag) {
  if (kTypesOfTags[tag] == kNoType) return std::nullopt;
  return static_cast<Type>(kTypesOfTags[tag]);
}

// Scalars by what follows their tag; nullopt when that is not all there is.

// `width` bytes, sign extended.
inline std::optional<std::int64_t> read_integer(BytesView body, std::size_t width) {
  if (body.size() != width) return std::nullopt;
  switch (width) {
    case 1: return static_cast<std::int8_t>(body[0]);
    case 2: return static_cast<std::int16_t>(load_le<std::uint16_t>(body.data()));
    case 4: return static_cast<std::int32_t>(load_le<std::uint32_t>(body.data()));
    default: return static_cast<std::int64_t>(load_le<std::uint64_t>(body.data()));
  }
}

constexpr bool is_narrow(unsigned char tag) { return tag >= kNarrowInt8 && tag <= kNarrowInt32; }

inline std::optional<std::int64_t> read_int64(unsigned char tag, BytesView body) {
  if (is_narrow(tag)) return read_integer(body, std::size_t{1} << (tag - kNarrowInt8));
  if (tag < kSmallInt) return read_integer(body, std::size_t{1} << (tag - kInt8));
  if (!body.empty()) return std::nullopt;
  return tag - kSmallInt;
}

inline std::optional<double> read_float64(unsigned char tag, BytesView body) {
  if (tag >= kSmallFloat) {
    if (!body.empty()) return std::nullopt;
    return tag - kSmallFloat;
  }
  if (tag == kFloat64) {
    if (body.size() != 8) return std::nullopt;
    return std::bit_cast<double>(load_le<std::uint64_t>(body.data()));
  }
  if (tag == kFloat32) {
    if (body.size() != 4) return std::nullopt;
    return double{std::bit_cast<float>(load_le<std::uint32_t>(body.data()))};
  }
  const auto integer = read_integer(body, std::size_t{1} << (tag - kFloatInt8));
  if (!integer) return std::nullopt;
  return static_cast<double>(*integer);
}

inline std::optional<Timestamp> read_timestamp(BytesView body) {
  if (body.size() != 14) return std::nullopt;
  const Timestamp time = {
      .seconds = static_cast<std::int64_t>(load_le<std::uint64_t>(body.data())),
      .nanoseconds = load_le<std::uint32_t>(body.data() + 8),
      .zone_minutes = static_cast<std::int16_t>(load_le<std::uint16_t>(body.data() + 12))};
  if (time.nanoseconds >= 1'000'000'000) return std::nullopt;
  return time;
}

}  // namespace octavo::value::document
