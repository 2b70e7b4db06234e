#pragma once

// What operators that want a string make of other values.

#include <string>

#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

// Nothing and null are "", numbers, dates and timestamps are printed; 16007 for all others.
Result<std::string> coerce_to_text(const Item& item);

// A number as an int64, towards zero: 31109 for a double that is out of range; a decimal that is
// out of range is the least one.
Result<std::int64_t> coerce_to_long(const value::Value& number);

// As $toString has it: booleans, ObjectIds and UUIDs too; nothing for what has no text.
std::optional<std::string> text_of_scalar(const value::Value& value);

}  // namespace octavo::mongodb
