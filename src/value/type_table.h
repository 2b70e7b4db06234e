#pragma once

// One row per Type: what the orders, the key encoding and messages know about it. The folder's
// own; others use type_name, compare and key.h.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/rows.h"
#include "value/value.h"

namespace octavo::value {

struct TypeRow {
  Type type;
  std::string_view name;
  // First byte of an encoded key (docs/formats/key.md). All numbers share one; boolean also
  // uses the next byte. The native order between types is the order of these, and it refines
  // Order::by_type_name, because compound keys of that order are arrays: the order inside an array
  // cannot be had by concatenating brackets.
  unsigned char key_tag;
  // By the names of types that Order::by_type_name has; other types by how they are presented.
  std::uint8_t type_name_rank;
  std::uint8_t bson_rank;  // MongoDB's canonical types, same rule
};

constexpr unsigned char kNumberTag = 0x20;

constexpr std::array<TypeRow, kTypeCount> kTypeTable = {{
    {Type::null, "null", 0x1a, 3, 5},
    {Type::boolean, "boolean", 0x10, 2, 40},
    {Type::int64, "int64", kNumberTag, 4, 10},
    {Type::uint64, "uint64", kNumberTag, 4, 10},
    {Type::float64, "float64", kNumberTag, 4, 10},
    {Type::decimal, "decimal", kNumberTag, 4, 10},
    {Type::string, "string", 0x40, 8, 15},
    {Type::bytes, "bytes", 0x30, 6, 30},
    {Type::timestamp, "timestamp", 0x38, 7, 45},
    {Type::date, "date", 0x3c, 7, 45},
    {Type::time_of_day, "time_of_day", 0x50, 8, 16},
    {Type::duration, "duration", 0x54, 8, 17},
    {Type::uuid, "uuid", 0x48, 8, 30},
    {Type::object_id, "object_id", 0x4c, 8, 35},
    {Type::array, "array", 0x08, 1, 25},
    {Type::object, "object", 0x28, 5, 20},
    {Type::geometry, "geometry", 0x2c, 5, 20},
    {Type::min_key, "min_key", 0x02, 0, 1},
    {Type::max_key, "max_key", 0xfc, 9, 127},
    {Type::undefined, "undefined", 0x18, 3, 2},
    {Type::regex, "regex", 0x5c, 8, 50},
    {Type::javascript, "javascript", 0x60, 8, 60},
    {Type::symbol, "symbol", 0x44, 8, 15},
    {Type::log_stamp, "log_stamp", 0x58, 8, 47},
}};

static_assert(rows_in_place(kTypeTable, &TypeRow::type, Type::log_stamp));

constexpr bool native_order_refines_type_names() {
  for (const TypeRow& a : kTypeTable) {
    for (const TypeRow& b : kTypeTable) {
      if (a.type_name_rank < b.type_name_rank && a.key_tag >= b.key_tag) return false;
    }
  }
  return true;
}
static_assert(native_order_refines_type_names());

constexpr const TypeRow& row_of(Type type) { return octavo::row_of(kTypeTable, type); }

}  // namespace octavo::value
