#pragma once

// What $[name] stands for: {"name.a": {$gt: 5}} is true of the elements of an array that it means.

#include <map>
#include <span>
#include <string>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/update/update.h"

namespace octavo::mongodb {

// A filter of documents that have the element under the name.
using ArrayFilters = std::map<std::string, algebra::ExprPtr, std::less<>>;

// failed_to_parse for a filter without a name or with several, and for two of one name; bad_value
// for a name that is none.
Result<ArrayFilters> parse_array_filters(std::span<const value::Value> filters,
                                         const Variables& variables);

}  // namespace octavo::mongodb
