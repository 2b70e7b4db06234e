#pragma once

// The options of ordered indexes: {multi} as of other kinds, and `nulls` where it is wanted, so
// that a row whose key is null, or has a null in it, has an entry as well.

#include "base/result.h"
#include "value/value.h"

namespace octavo::index {

Result<value::Value> ordered_options(const value::Value& given);

// Of options that are as `ordered_options` made them.
bool keeps_nulls(const value::Value& options);

}  // namespace octavo::index
