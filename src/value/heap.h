#pragma once

// What a shared Value points at. One allocation: this header, then the payload.
//
//   string, symbol, bytes, uuid, object_id   `size` bytes
//   decimal                                  a Decimal
//   array                                    `size` Values
//   object, geometry                         `size` Fields; above kLinearFields of them also a
//                                            u32 permutation that lists the fields by name
//   regex                                    a u32, the length of the pattern; `size` bytes
//   javascript                               a Value (the scope, if `depth` is not 0), `size` bytes
//
// Immutable once built; only the reference count changes, atomically.

#include <atomic>
#include <cstdint>
#include <span>

#include "value/decimal.h"
#include "value/value.h"

namespace octavo::value {

// Up to this many fields a scan over the names beats a binary search.
constexpr std::size_t kLinearFields = 16;

struct Value::Heap {
  mutable std::atomic<std::uint32_t> references{1};
  std::uint32_t size = 0;
  std::uint32_t account = 0;  // value/account_state.h; 0: charged to none
  std::uint32_t depth = 0;    // levels of arrays and objects, this one included

  const char* payload() const { return reinterpret_cast<const char*>(this + 1); }
  char* payload() { return reinterpret_cast<char*>(this + 1); }

  std::string_view text() const { return {payload(), size}; }
  ArrayView elements() const { return {reinterpret_cast<const Value*>(payload()), size}; }
  ObjectView fields() const { return {reinterpret_cast<const Field*>(payload()), size}; }
  const Decimal& decimal() const { return *reinterpret_cast<const Decimal*>(payload()); }
  const Value& scope() const { return *reinterpret_cast<const Value*>(payload()); }
  std::uint32_t pattern_size() const { return *reinterpret_cast<const std::uint32_t*>(payload()); }
  std::string_view pattern_and_options() const { return {payload() + sizeof size, size}; }
  std::string_view code() const { return {payload() + sizeof(Value), size}; }
  // Field positions in name order; empty for objects that are small enough to scan.
  std::span<const std::uint32_t> by_name() const {
    if (size <= kLinearFields) return {};
    return {reinterpret_cast<const std::uint32_t*>(payload() + size * sizeof(Field)), size};
  }
};
static_assert(sizeof(Value::Heap) == 16);
static_assert(alignof(Field) <= 16 && alignof(Decimal) <= 16);

// How many elements, fields or bytes a block may have; throws OutOfMemory.
void check_count(std::size_t count);

// Raw memory for a header and a payload, charged to the account in use (OutOfMemory when it cannot
// have it); the header is constructed, the payload is not.
Value::Heap* allocate_heap(std::size_t payload_bytes);
// Destroys the header and frees; the payload was destroyed before. `payload_bytes` as allocated.
void free_heap(const Value::Heap* heap, std::size_t payload_bytes);

inline std::size_t object_payload_bytes(std::size_t fields) {
  return fields * sizeof(Field) + (fields > kLinearFields ? fields * sizeof(std::uint32_t) : 0);
}
// What a name takes beside its field.
inline std::size_t name_bytes(const std::string& name) {
  constexpr std::size_t kInPlace = 15;  // of libstdc++
  return name.capacity() > kInPlace ? name.capacity() + 1 : 0;
}

// The positions of `fields` in name order, written to `positions`; equal names by position.
void sort_by_name(ObjectView fields, std::span<std::uint32_t> positions);

}  // namespace octavo::value
