#include "dialect/sql/function/fold.h"

#include "algebra/children.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/numbers.h"
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
    // It is what the call around it has computed.
    if (row->number == op::kShared) return false;
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

ExprPtr fold_telling_once(const ExprPtr& expression, const CallContext& context) {
  ExprPtr folded = fold(expression, context);
  if (std::holds_alternative<algebra::Const>(folded->node) || !is_constant(folded)) return folded;
  function::Notes notes;
  function::EvalContext quiet = context.constants;
  quiet.notes = &notes;
  auto computed = sql::evaluate_lambda(algebra::lambda({}, folded), {}, quiet);
  if (!computed || notes.kept().size() < notes.count()) return folded;
  std::vector<value::Value> told;
  for (const function::Note& note : notes.kept()) {
    told.push_back(
        value::Value::array({value::Value::int64(std::to_underlying(note.level)),
                             value::Value::int64(note.number), value::Value::string(note.text)}));
  }
  return algebra::call({kFamily, op::kTold},
                       {std::move(folded), algebra::constant(*std::move(computed)),
                        algebra::constant(value::Value::array(std::move(told)))});
}

}  // namespace octavo::sql
