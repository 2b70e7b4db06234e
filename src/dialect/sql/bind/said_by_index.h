#pragma once

// Conditions that say no more of rows than which keys they have in the index by which they are
// read.

#include <span>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// As `said_by_keys` (access.h), of keys of an index of one part as well. Whoever looks at the rows
// later than at the index has to ask them again: they may have got another key.
std::vector<bool> said_by_any_key(const algebra::PlanPtr& plan, std::span<const Typed> conditions,
                                  const Scope& scope, const Binding& binding);

}  // namespace octavo::sql
