#pragma once

// Objects with $reql_type$, as clients send them, and the values they stand for.

#include <string>
#include <string_view>

#include "base/result.h"
#include "dialect/reql/datum.h"

namespace octavo::reql {

// `object` has a $reql_type$ field: TIME becomes a timestamp, BINARY bytes, GEOMETRY a geometry
// (its shape is checked, its coordinates are not); LITERAL stays an object.
Result<Value> recognise_pseudotype(const Value& object);

// Standard base 64, with ReQL's messages; padding may be missing.
Result<std::string> decode_base64(std::string_view text);

}  // namespace octavo::reql
