#pragma once

#include "value/value.h"

namespace octavo::mongodb {

// Whether two values are the same as BSON writes them: equal ones of other kinds of numbers, with
// other zeros or with fields in another order are not.
bool identical(const value::Value& a, const value::Value& b);

}  // namespace octavo::mongodb
