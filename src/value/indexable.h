#pragma once

#include "value/value.h"

namespace octavo::value {

// Whether a value has a place in an ordered index. Nulls, objects and the two ends of the order do
// not, alone or inside a compound key.
bool indexable(const Value& key);
// The same where nulls have one.
bool indexable_or_null(const Value& key);

}  // namespace octavo::value
