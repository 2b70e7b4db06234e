#pragma once

// A plan that names parameters, as one that names none and conditions of its rows that do.

#include <optional>
#include <vector>

#include "algebra/plan.h"

namespace octavo::sql {

// Variables, as what they stand for does not matter.
class ParameterSet {
 public:
  explicit ParameterSet(const std::vector<algebra::VarId>& parameters);
  bool are_in(const algebra::ExprPtr& expression) const;
  bool are_in(const algebra::PlanPtr& plan) const;

 private:
  algebra::Bindings bindings_;
};

struct FreedPlan {
  algebra::PlanPtr plan;
  // row → true where the row is one of those of the plan that it was.
  std::vector<algebra::ExprPtr> conditions;
  // A scan by a key that names a parameter has become one of all rows.
  bool looked_up = false;
  bool by_index = false;  // the key was of an index
};

// Filters and joins over scans, as WHERE makes them: what a scan is by stands in a filter above it
// too. Nothing: the parameters are named in some other way.
std::optional<FreedPlan> free_of(const ParameterSet& parameters, const algebra::PlanPtr& plan);

}  // namespace octavo::sql
