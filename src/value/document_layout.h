#pragma once

// The bytes of docs/formats/document.md that encoder, decoder and view share.

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
  // Containers: the tag plus log2 of the width of their counts and offsets.
  kArray = 0x20,
  kObject = 0x24,
  kGeometry = 0x28,
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

std::optional<Type> type_of_tag(unsigned char tag);

}  // namespace octavo::value::document
