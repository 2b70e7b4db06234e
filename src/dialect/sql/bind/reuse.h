#pragma once

// Statements that are bound once and run with other parameters. While one is bound so, a parameter
// whose value is of no concern stays a variable; what looks at a value, or at what holds for this
// moment alone, refuses. What is bound then is good for parameters of the same types, as long as
// the definitions and the session's settings are the same, and the day is.

#include <span>
#include <vector>

#include "algebra/expr.h"
#include "dialect/sql/ast/expr.h"
#include "dialect/sql/ast/query.h"
#include "dialect/sql/ast/write.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class Reuse {
 public:
  void refuse() { refused_ = true; }
  bool refused() const { return refused_; }

 private:
  bool refused_ = false;
};

// Whether it may be worth the try: what the parts of the statement have to say is heard when it is
// bound. One table without queries within it.
bool may_be_reused(const Query& query);
bool may_be_reused(const Insert& insert);
bool may_be_reused(const Update& update);
bool may_be_reused(const Delete& statement);

// Of an expression of this kind: it means the same for the same parts, rows and settings.
bool may_be_reused(const Expr& expr);

// The parameters as a statement is bound for reuse: with the types of all that may take their place
// (a text may be of any length).
std::vector<Constant> reusable(std::span<const Constant> parameters);
bool is_same_form(const Type& a, const Type& b);

bool names_parameters(const algebra::ExprPtr& expression);

// Whether a parameter may stay a variable beside what it is compared or computed with, or written
// to: no other value of its type changes what is done with either.
bool compares_as_variable(const Type& parameter, const Type& other);
bool computes_as_variable(const Type& parameter, const Type& other);
bool stores_as_variable(const Type& parameter, const Type& column);

// With the parameters in their places, and keys of scans known.
algebra::PlanPtr with_parameters(const algebra::PlanPtr& plan,
                                 std::span<const Constant> parameters);
BoundEdit with_parameters(const BoundEdit& bound, std::span<const Constant> parameters);
BoundInsert with_parameters(const BoundInsert& bound, std::span<const Constant> parameters);

}  // namespace octavo::sql
