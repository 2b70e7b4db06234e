#pragma once

// The order of values of JSON: null, numbers, texts, objects, arrays, booleans, dates, times,
// instants, bytes.

#include <compare>

#include "value/value.h"

namespace octavo::sql {

std::strong_ordering compare_json(const value::Value& a, const value::Value& b);
// A value that compares natively as the other does by compare_json.
value::Value json_key(const value::Value& value);

}  // namespace octavo::sql
