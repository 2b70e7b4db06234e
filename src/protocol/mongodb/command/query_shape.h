#pragma once

// What a query asks, without its constants: queries of one shape may use the same indexes
// (index_filters.h).

#include <string>
#include <string_view>

#include "value/value.h"

namespace octavo::mongodb {

struct ShapeParts {
  const value::Value* query = nullptr;  // null, and empty documents: nothing is said
  const value::Value* sort = nullptr;
  const value::Value* projection = nullptr;
  std::string_view collation = {};  // its name (expression/collation.h)
};

// A text that is the same for queries of one shape, and another for others: fields and operators of
// the query, in any order, with the sort, the projection and the collation as they are.
std::string query_shape(const ShapeParts& parts);

}  // namespace octavo::mongodb
