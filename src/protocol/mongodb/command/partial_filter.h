#pragma once

// Filters of partial indexes.

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// 67 for what such a filter cannot have: it says what is in an index by comparisons alone. Of a
// filter that has been parsed.
Status check_partial_filter(const value::Value& filter);

}  // namespace octavo::mongodb
