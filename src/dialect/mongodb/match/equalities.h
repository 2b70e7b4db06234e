#pragma once

// What a filter says that fields are equal to: a document that an upsert makes begins with them.

#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

struct Equality {
  std::vector<std::string> path;
  value::Value value;
};

// In the order of the filter, of $and and of an $or, $in or $all of one alone; others say nothing.
// not_single_value_field when two are about one path or about a path and one below it, unless they
// say the same.
Result<std::vector<Equality>> equalities_of(const algebra::ExprPtr& filter);

}  // namespace octavo::mongodb
