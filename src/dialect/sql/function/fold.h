#pragma once

// Computing what is constant.

#include <optional>

#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Whether it names no variable, calls nothing impure and has no query in it: the same wherever it
// stands.
bool is_constant(const algebra::ExprPtr& expression);

// The expression with its largest constant parts computed. One that fails, or warns, stays as it
// is: it may never be evaluated, and its message shows it as written.
algebra::ExprPtr fold(const algebra::ExprPtr& expression, const CallContext& context);

// The same of what is computed once in a statement as MySQL has it: one that warns tells it once,
// when it is evaluated, however many rows it is evaluated for.
algebra::ExprPtr fold_telling_once(const algebra::ExprPtr& expression, const CallContext& context);

// A constant expression computed, with its warnings.
Result<value::Value> compute(const algebra::ExprPtr& expression, const CallContext& context);

}  // namespace octavo::sql
