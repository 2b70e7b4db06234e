#pragma once

// Documents with something changed at a path, which means one value at most.

#include <cstdint>

#include "dialect/sql/json/path.h"
#include "value/value.h"

namespace octavo::sql {

enum class JsonChange : std::uint8_t {
  insert,        // where there is nothing
  replace,       // where there is something
  set,           // either
  remove,        //
  append,        // to the array there; what is no array becomes one
  array_insert,  // before the element there
};

value::Value edit_json(const value::Value& document, const JsonPath& path, JsonChange change,
                       const value::Value& with);

// RFC 7396.
value::Value merge_json_patch(const value::Value& target, const value::Value& patch);
// Arrays behind each other, objects field by field; what is neither is an array of it.
value::Value merge_json_preserve(const value::Value& a, const value::Value& b);

}  // namespace octavo::sql
