#pragma once

// MongoDB's Extended JSON (v2) for tests: cases in files say what type a value has. A number
// without a type is an int32 where it fits, else an int64, and with a point or an exponent a
// double.

#include <string>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb::testing {

Result<value::Value> read_ejson(std::string_view text);

// The canonical form: every number with its type.
std::string write_ejson(const value::Value& value);

}  // namespace octavo::mongodb::testing
