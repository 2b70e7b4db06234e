#pragma once

// The option of kinds whose index functions may give an array: `multi`, an entry for each of its
// elements.

#include "base/result.h"
#include "value/value.h"

namespace octavo::index {

// {multi}, false unless it is given; `invalid_argument` for anything else.
Result<value::Value> multi_option(const value::Value& given);

// Of options that are as `multi_option` made them.
bool is_multi(const value::Value& options);

}  // namespace octavo::index
