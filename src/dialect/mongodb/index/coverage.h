#pragma once

// Whether an index that leaves documents out has all those that a filter may match.

#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/match/conditions.h"

namespace octavo::mongodb {

// Of a partial index: the filter implies its own. Found out condition by condition: the same one,
// or one that is narrower.
bool implies(const Conditions& filter, const Conditions& partial);

// Of a sparse index: what matches has one of its fields.
bool has_a_field(const Conditions& filter, const KeyPattern& pattern);

}  // namespace octavo::mongodb
