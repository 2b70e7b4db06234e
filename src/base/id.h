#pragma once

// Strong identifiers. Each is a distinct type, so that a table id cannot be passed for an
// index id; `raw()` is for encoders only.

#include <cstdint>
#include <functional>
#include <type_traits>

namespace octavo {

enum class DatabaseId : std::uint64_t {};
enum class TableId : std::uint64_t {};
enum class IndexId : std::uint64_t {};
enum class TransactionId : std::uint64_t {};
enum class ColumnId : std::uint64_t {};  // within its table, never used again there
enum class CheckId : std::uint64_t {};   // likewise

template <class Id>
  requires std::is_enum_v<Id>
constexpr std::uint64_t raw(Id id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace octavo
