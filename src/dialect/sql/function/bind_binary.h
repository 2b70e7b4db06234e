#pragma once

// The groups of operators behind bind_binary and bind_unary: the folder's own.

#include "dialect/sql/ast/operators.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

Result<Typed> bind_arithmetic(BinaryOperator op, Typed left, Typed right,
                              const CallContext& context);
Result<Typed> bind_bits(BinaryOperator op, Typed left, Typed right, const CallContext& context);
Result<Typed> bind_comparison(BinaryOperator op, Typed left, Typed right,
                              const CallContext& context);
Result<Typed> bind_regexp(bool negated, Typed text, Typed pattern, const CallContext& context);
Result<Typed> bind_minus(Typed operand, const CallContext& context);
Result<Typed> bind_invert(Typed operand, const CallContext& context);

}  // namespace octavo::sql
