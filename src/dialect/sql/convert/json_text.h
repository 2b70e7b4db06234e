#pragma once

// JSON as MySQL prints and reads it.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::sql {

// `{"a": 1, "bb": [1.5, "x"]}`: shorter names first. Times, bytes and other values that JSON lacks
// are strings; `undefined` is null.
std::string print_json(const value::Value& value);
// An element a line, with two blanks for each level. Names of objects stay in their order.
std::string print_json_in_lines(const value::Value& value);

struct JsonFault {
  std::string what;          // "Invalid value."
  std::size_t position = 0;  // in bytes
  bool too_deep = false;     // 3157
};
// A null that is the whole of it is `undefined`. Names of objects are in MySQL's order; the last
// one of a name counts. `fault`: why there is none.
std::optional<value::Value> read_json(std::string_view text, JsonFault& fault);

}  // namespace octavo::sql
