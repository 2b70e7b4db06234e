#pragma once

// Rows that are written out, as a plan.

#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "value/value.h"

namespace octavo::sql {

// Rows of constants next to each other are one node; what is not constant is computed when it runs.
class RowsPlan {
 public:
  explicit RowsPlan(Binding& binding) : binding_(binding) {}

  void add(std::vector<algebra::ExprPtr> row);
  void add(std::vector<value::Value> row) {
    constants_.push_back(value::Value::array(std::move(row)));
  }
  algebra::PlanPtr finish();

 private:
  void end_constants();

  Binding& binding_;
  std::vector<value::Value> constants_;
  std::vector<algebra::PlanPtr> inputs_;
};

}  // namespace octavo::sql
