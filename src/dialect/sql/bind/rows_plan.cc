#include "dialect/sql/bind/rows_plan.h"

#include <utility>

namespace octavo::sql {

void RowsPlan::add(std::vector<algebra::ExprPtr> row) {
  std::vector<value::Value> values;
  for (const algebra::ExprPtr& part : row) {
    if (const auto* node = std::get_if<algebra::Const>(&part->node)) values.push_back(node->value);
  }
  if (values.size() == row.size()) return add(std::move(values));
  if (!constants_.empty()) end_constants();
  inputs_.push_back(algebra::make_plan(algebra::Map{
      .input = algebra::make_plan(algebra::Values{.rows = {value::Value()}}),
      .function = algebra::lambda({binding_.fresh()}, algebra::make_array(std::move(row)))}));
}

algebra::PlanPtr RowsPlan::finish() {
  if (inputs_.empty() || !constants_.empty()) end_constants();
  if (inputs_.size() == 1) return std::move(inputs_.front());
  return algebra::make_plan(algebra::Union{.inputs = std::move(inputs_)});
}

void RowsPlan::end_constants() {
  inputs_.push_back(algebra::make_plan(algebra::Values{.rows = std::exchange(constants_, {})}));
}

}  // namespace octavo::sql
