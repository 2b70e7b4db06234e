#pragma once

// What a shared Value points at. One allocation: this header, then the payload.
//
//   string, symbol, bytes, uuid, object_id   `size` bytes
//   decimal                                  a Decimal
//   array                                    `size` Values
//   object, geometry                         `size` Fields; above kLinearFields of them also a
//                                            u32 permutation that lists the fields by name
//   regex                                    `size` bytes, the first `extra` are the pattern
//   javascript                               a Value (the scope, if `extra` is 1), `size` bytes
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
  std::uint32_t extra = 0;
  std::uint32_t depth = 0;  // levels of arrays and objects, this one included

  const char* payload() const { return reinterpret_cast<const char*>(this + 1); }
  char* payload() { return reinterpret_cast<char*>(this + 1); }

  std::string_view text() const { return {payload(), size}; }
  ArrayView elements() const { return {reinterpret_cast<const Value*>(payload()), size}; }
  ObjectView fields() const { return {reinterpret_cast<const Field*>(payload()), size}; }
  const Decimal& decimal() const { return *reinterpret_cast<const Decimal*>(payload()); }
  const Value& scope() const { return *reinterpret_cast<const Value*>(payload()); }
  std::string_view code() const { return {payload() + sizeof(Value), size}; }
  // Field positions in name order; empty for objects that are small enough to scan.
  std::span<const std::uint32_t> by_name() const {
    if (size <= kLinearFields) return {};
    return {reinterpret_cast<const std::uint32_t*>(payload() + size * sizeof(Field)), size};
  }
};
static_assert(sizeof(Value::Heap) == 16);
static_assert(alignof(Field) <= 16 && alignof(Decimal) <= 16);

// Raw memory for a header and a payload; the header is constructed, the payload is not.
Value::Heap* allocate_heap(std::size_t payload_bytes);
// Destroys the header and frees; the payload was destroyed before.
void free_heap(const Value::Heap* heap);

// The positions of `fields` in name order, written to `positions`; equal names by position.
void sort_by_name(ObjectView fields, std::span<std::uint32_t> positions);

}  // namespace octavo::value
