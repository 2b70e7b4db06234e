#include "dialect/sql/bind/correlation.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/function/operation.h"

namespace octavo::sql {

Result<std::optional<Typed>> Correlation::find(const Path& path, Clause clause) {
  TRY(auto found, around_.find_name(path, clause, true));
  Correlation* const further = around_.correlation();
  if (!found && further != nullptr) {
    TRY(found, further->find(path, clause));
  }
  if (found) found = pass(*found);
  return found;
}

std::optional<Typed> Correlation::find_field(const Path& path) {
  auto found = around_.find_field(path);
  Correlation* const further = around_.correlation();
  if (!found && further != nullptr) found = further->find_field(path);
  if (found) found = pass(*found);
  return found;
}

Typed Correlation::pass(const Typed& outer) {
  for (std::size_t i = 0; i < args_.size(); ++i) {
    if (algebra::equal(args_[i], outer.expression)) {
      return {algebra::variable(params_[i]), outer.type};
    }
  }
  // A constant is one wherever it stands.
  if (outer.constant() != nullptr) return outer;
  params_.push_back(binding_.fresh_parameter());
  args_.push_back(outer.expression);
  return {algebra::variable(params_.back()), outer.type};
}

bool Correlation::has(algebra::VarId variable) const {
  return std::ranges::find(params_, variable) != params_.end();
}

algebra::Subplan Correlation::subplan(algebra::SubplanKind kind, algebra::PlanPtr plan) const {
  return {
      .family = kFamily, .kind = kind, .plan = std::move(plan), .params = params_, .args = args_};
}

}  // namespace octavo::sql
