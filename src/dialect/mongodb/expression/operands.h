#pragma once

// What operations ask of their operands.

#include <cstdint>
#include <optional>
#include <span>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {

inline Item null_item() { return value::Value::null(); }
inline bool is_number(const Item& item) { return item && item->is_number(); }
inline bool is_string(const Item& item) { return item && item->is_string(); }
inline bool is_array(const Item& item) { return item && item->is_array(); }

inline bool any_nullish(std::span<const Item> items) {
  for (const Item& item : items) {
    if (is_nullish(item)) return true;
  }
  return false;
}

// The result of a function: null where there is none.
inline Item or_null(std::optional<value::Value> value) {
  return value ? Item(*std::move(value)) : null_item();
}

// Strings may have 16 MiB, as documents may: `code` is that of the error, before it is built.
constexpr std::size_t kMostTextBytes = 16UL * 1'024 * 1'024;
Status check_text_size(const OperationCall& call, std::size_t bytes, std::uint32_t code = 16493);
// After a string was built.
Status spend_text(const OperationCall& call, std::size_t bytes);
// Before an array of so many elements is built.
Status check_array_size(const OperationCall& call, std::size_t elements);
// Of a call that was not made by the parser.
std::unexpected<Error> malformed(std::string_view operation);
// Of values that are built of others: copies of copies double with every step, at no cost to who
// builds them and at all cost to who reads them.
constexpr std::size_t kMostMadeBytes = 128UL * 1'024 * 1'024;
Status check_made(const value::Value& value);

}  // namespace octavo::mongodb
