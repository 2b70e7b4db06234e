#include "dialect/mongodb/match/tree.h"

#include "dialect/mongodb/match/predicate.h"

namespace octavo::mongodb {

using algebra::ExprPtr;
using value::Value;

FilterBody body_of(const ExprPtr& filter) {
  const auto* lambda = std::get_if<algebra::Lambda>(&filter->node);
  if (lambda == nullptr || lambda->params.size() != 1) return {};
  return {.row = lambda->params.front(), .body = lambda->body};
}

const algebra::Call* call_of(const ExprPtr& expression) {
  const auto* call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily ? call : nullptr;
}

const algebra::Call* call_of(const ExprPtr& expression, std::uint16_t number) {
  const auto* call = call_of(expression);
  return call != nullptr && call->function.number == number ? call : nullptr;
}

std::optional<TestCall> test_of(const ExprPtr& expression, algebra::VarId object) {
  const algebra::Call* call = call_of(expression);
  if (call == nullptr || call->args.size() < 3) return std::nullopt;
  const std::uint16_t number = call->function.number;
  const bool element = number == op::kElement || number == op::kElementIs;
  if (!element && number != op::kNear && find_predicate(number) == nullptr) return std::nullopt;
  const auto* variable = std::get_if<algebra::Var>(&call->args[0]->node);
  const auto names = names_of(call->args[1]);
  if (variable == nullptr || variable->id != object || !names) return std::nullopt;
  TestCall test{.number = number, .path = {}, .operand = Value(), .function = nullptr};
  for (const Value& name : *names) test.path.emplace_back(name.as_string());
  if (element) {
    if (body_of(call->args[2]).body == nullptr) return std::nullopt;
    test.function = call->args[2];
    return test;
  }
  const auto operand = operand_of(call->args[2]);
  auto order = collated_order(call->options);
  if (!operand || !order) return std::nullopt;
  test.operand = **operand;
  test.order = *std::move(order);
  return test;
}

}  // namespace octavo::mongodb
