#pragma once

// Numbers that filters take as integers.

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// The number without its fraction; nothing when that is no int64, and for what is no number.
std::optional<std::int64_t> truncated_int64(const value::Value& number);

// An operand that must be an integer, exactly: failed_to_parse with MongoDB's texts
// ("Expected an integer: a: 1.5").
Result<std::int64_t> whole_number(std::string_view name, const value::Value& number);
// The same, and not below 0.
Result<std::int64_t> natural_number(std::string_view name, const value::Value& number);

}  // namespace octavo::mongodb
