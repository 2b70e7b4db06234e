#pragma once

// Objects of JSON in SQL have one order of their fields: shorter names first, then by bytes.

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::sql {

// Levels that a document may have.
constexpr std::size_t kMaxJsonDepth = 100;
// 3157 for a value that cannot be put into `more` levels.
Status check_json_depth(const value::Value& value, std::size_t more = 0);

// Whether a field of the name `a` comes before one of `b`.
bool json_name_less(std::string_view a, std::string_view b);

// Of fields in any order; the last one of a name counts.
value::Value json_object(std::vector<value::Field> fields);

// The value with the fields of all its objects in that order, as a document of another language may
// not have them. The same value where they are.
value::Value json_sorted(const value::Value& value);

}  // namespace octavo::sql
