#pragma once

// A query within an expression, and what it names of the queries around it. In its plan a variable
// stands for each of these; what that is where the query stands is an argument of the subplan.

#include <cstddef>
#include <optional>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/clauses.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class ExprBinder;

class Correlation {
 public:
  // `around`: who binds the expression that the query stands in; outlives this.
  Correlation(Binding& binding, ExprBinder& around) : binding_(binding), around_(around) {}

  // What a name that the query itself does not know stands for in those around it, from the inside
  // out. Nothing: they do not know it either. `clause`: in which it stands, for messages.
  Result<std::optional<Typed>> find(const Path& path, Clause clause);
  // The field of an open table around the query that the name may be.
  std::optional<Typed> find_field(const Path& path);

  ExprBinder& around() const { return around_; }
  // The variable that stands for an expression of the query around; of equal ones it is the same.
  Typed pass(const Typed& outer);
  bool has(algebra::VarId variable) const;

  // The subplan over `plan`, with what was passed.
  algebra::Subplan subplan(algebra::SubplanKind kind, algebra::PlanPtr plan) const;

 private:
  Binding& binding_;
  ExprBinder& around_;
  std::vector<algebra::VarId> params_;
  std::vector<algebra::ExprPtr> args_;
};

}  // namespace octavo::sql
