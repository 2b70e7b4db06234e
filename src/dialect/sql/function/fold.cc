#include "dialect/sql/function/fold.h"

#include "algebra/children.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/operation.h"

namespace octavo::sql {

using algebra::ExprPtr;

bool is_constant(const ExprPtr& expression) {
  if (std::holds_alternative<algebra::Var>(expression->node) ||
      std::holds_alternative<algebra::Lambda>(expression->node) ||
      std::holds_alternative<algebra::Subplan>(expression->node)) {
    return false;
  }
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    const OperationRow* row = operation_of(*call);
    if (row == nullptr || (row->flags & operation_flag::kImpure) != 0) return false;
  }
  return !algebra::any_child(*expression, [](const ExprPtr& part) { return !is_constant(part); });
}

Result<value::Value> compute(const ExprPtr& expression, const CallContext& context) {
  return sql::evaluate_lambda(algebra::lambda({}, expression), {}, context.constants);
}

ExprPtr fold(const ExprPtr& expression, const CallContext& context) {
  if (std::holds_alternative<algebra::Const>(expression->node)) return expression;
  if (!is_constant(expression)) {
    return algebra::map_children(expression,
                                 [&](const ExprPtr& part) { return fold(part, context); });
  }
  function::Notes notes;
  function::EvalContext quiet = context.constants;
  quiet.notes = &notes;
  const auto computed = sql::evaluate_lambda(algebra::lambda({}, expression), {}, quiet);
  return computed && notes.count() == 0 ? algebra::constant(*computed) : expression;
}

}  // namespace octavo::sql
