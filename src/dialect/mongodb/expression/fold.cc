#include "dialect/mongodb/expression/fold.h"

#include <optional>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;

bool is_call_of(const ExprPtr& expression, std::uint16_t number) {
  const auto* made = std::get_if<algebra::Call>(&expression->node);
  return made != nullptr && made->function == function_id(number);
}

// Of something that has its value already, or that it has none.
bool is_computed(const ExprPtr& expression) {
  return constant_of(expression) != nullptr || is_call_of(expression, op::kRemove) ||
         is_call_of(expression, op::kAbsent);
}

bool may_compute(const ExprPtr& expression) {
  if (const auto* made = std::get_if<algebra::Call>(&expression->node)) {
    if (made->function.family != kFamily) return false;
    const OperationRow* row = find_operation(made->function.number);
    return row != nullptr && (row->flags & operation_flag::kImpure) == 0;
  }
  return std::holds_alternative<algebra::MakeArray>(expression->node) ||
         std::holds_alternative<algebra::MakeObject>(expression->node);
}

// Whether the last operand of $and or $or is a constant that decides it, whatever the others are.
bool is_decided(const ExprPtr& expression) {
  const bool conjunction = is_call_of(expression, op::kAnd);
  if (!conjunction && !is_call_of(expression, op::kOr)) return false;
  const std::vector<ExprPtr>& args = std::get<algebra::Call>(expression->node).args;
  if (args.empty()) return false;
  const value::Value* last = constant_of(args.back());
  return last != nullptr && is_truthy(*last) != conjunction;
}

// The call with its last operand alone.
ExprPtr last_of(const ExprPtr& expression) {
  const auto& made = std::get<algebra::Call>(expression->node);
  return algebra::call(made.function, {made.args.back()});
}

class Folder {
 public:
  Folder() {
    context_.limited = true;
    context_.steps_left = kMostSteps;
  }

  Result<ExprPtr> fold(const ExprPtr& expression) {
    if (is_computed(expression)) return expression;
    if (is_call_of(expression, op::kSwitch)) {
      return fold_switch(std::get<algebra::Call>(expression->node));
    }
    Status status;
    const ExprPtr folded = algebra::map_children(expression, [&](const ExprPtr& part) {
      if (!status) return part;
      Result<ExprPtr> small = fold(part);
      if (small) return *std::move(small);
      status = std::unexpected(std::move(small).error());
      return part;
    });
    TRY_STATUS(status);
    const bool all =
        !algebra::any_child(*folded, [](const ExprPtr& part) { return !is_computed(part); });
    if (all && may_compute(folded)) return compute(folded);
    return is_decided(folded) ? compute(last_of(folded)) : folded;
  }

 private:
  // Before a request has an account, its constants may cost no more than this, all together; and a
  // call is not replaced by something much larger than what was sent.
  static constexpr std::int64_t kMostSteps = 1'000'000;
  static constexpr std::size_t kMostBytes = 1'024;

  Result<ExprPtr> compute(const ExprPtr& expression) {
    Result<Item> item = evaluate_constant(expression, context_);
    if (!item) {
      // Too much for now: it is computed where it is used.
      if (context_.steps_left < 0) return expression;
      return std::unexpected(std::move(item).error());
    }
    if (!*item) return call(op::kRemove, {});
    const bool is_call = std::holds_alternative<algebra::Call>(expression->node);
    if (is_call && (*item)->memory_bytes(kMostBytes) >= kMostBytes) return expression;
    return algebra::constant(**std::move(item));
  }

  // Branches of $switch are (case, then) … and a default. Those after one that always holds, and
  // what would follow a case that never does, are not looked at; a default is, whatever the cases
  // are.
  Result<ExprPtr> fold_switch(const algebra::Call& made) {
    std::vector<ExprPtr> args;
    std::optional<ExprPtr> otherwise;
    const std::size_t pairs = made.args.size() / 2;
    if (made.args.size() % 2 != 0) {
      TRY(ExprPtr last, fold(made.args.back()));
      otherwise = std::move(last);
    }
    for (std::size_t i = 0; i < pairs; ++i) {
      TRY(ExprPtr when, fold(made.args[2 * i]));
      const value::Value* constant = constant_of(when);
      const bool holds = constant != nullptr && is_truthy(*constant);
      if (is_computed(when) && !holds) continue;
      TRY(ExprPtr then, fold(made.args[2 * i + 1]));
      if (holds) {
        otherwise = std::move(then);
        break;
      }
      args.push_back(std::move(when));
      args.push_back(std::move(then));
    }
    if (args.empty() && otherwise) return *std::move(otherwise);
    if (args.empty()) {
      return error(40069,
                   "One cannot execute a switch statement where all the cases evaluate to false "
                   "without a default.");
    }
    if (otherwise) args.push_back(*std::move(otherwise));
    return algebra::call(made.function, std::move(args), made.options);
  }

  function::EvalContext context_;
};

}  // namespace

Result<ExprPtr> fold(const ExprPtr& expression) { return Folder().fold(expression); }

}  // namespace octavo::mongodb
