#pragma once

// An operand that several comparisons use and that is computed once for all of them: it may be
// another each time (RAND()), warn, or be much work.
//
// `kShare(value, body, slot)` computes the value and then the body, in which `kShared(slot)` is
// that value. A slot is numbered by how many are within the body, so that expressions that are
// written alike are equal; where slots of one number stand in each other, the inner one counts.

#include <vector>

#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class SharedOperand {
 public:
  // Null: there is none.
  explicit SharedOperand(algebra::ExprPtr operand) : operand_(std::move(operand)) {}

  // The first (or, of `side` 1, the second) argument of a comparison, which was made of the
  // operand.
  void add_use_in(const Typed& comparison, std::size_t side = 0);
  void add_use(algebra::ExprPtr use);
  // What the comparisons were put together to, with the operand computed once.
  Typed share(Typed body) &&;

 private:
  algebra::ExprPtr operand_;
  // What was made of it: each is a part of the body.
  std::vector<algebra::ExprPtr> uses_;
};

// The body with the value in the place of each use: what the call says, where the value is the same
// each time. Null: it is no such call.
algebra::ExprPtr unshared(const algebra::Call& call);

}  // namespace octavo::sql
