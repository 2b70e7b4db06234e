#pragma once

// Arguments that are documents and paths in them.

#include "dialect/sql/function/arguments.h"
#include "dialect/sql/json/path.h"

namespace octavo::sql {

// A part of a document as a document of its own, and back: a null that is all of it is `undefined`.
value::Value whole_json(const value::Value& part);
value::Value part_of_json(const value::Value& whole);

Result<JsonPath> path_at(Args args, std::size_t i);
// 3149 where it may mean several values.
Result<JsonPath> plain_path_at(Args args, std::size_t i);

// 'one' or 'all', in any case. 3154.
Result<bool> wants_all(Args args, std::size_t i, std::string_view function);

}  // namespace octavo::sql
