#include "dialect/sql/function/share.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

const algebra::Call* call_of(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily ? call : nullptr;
}

std::optional<std::int64_t> number_at(const algebra::Call& call, std::size_t place) {
  if (place >= call.args.size()) return std::nullopt;
  const auto* const constant = std::get_if<algebra::Const>(&call.args[place]->node);
  if (constant == nullptr || !constant->value.is_number()) return std::nullopt;
  return constant->value.to_int64();
}

// Nothing but to be looked at: a constant, a variable, a field.
bool is_plain(const ExprPtr& expression) {
  if (std::holds_alternative<algebra::Const>(expression->node)) return true;
  if (std::holds_alternative<algebra::Var>(expression->node)) return true;
  const algebra::Call* const call = call_of(expression);
  if (call == nullptr) return false;
  switch (call->function.number) {
    case op::kShared:
    case op::kTold: return true;
    case op::kField:
    case op::kElement: return !call->args.empty() && is_plain(call->args.front());
    default: return false;
  }
}

// The greatest slot in it; 0: there is none.
std::int64_t greatest_slot(const ExprPtr& expression) {
  std::int64_t greatest = 0;
  const algebra::Call* const call = call_of(expression);
  if (call != nullptr && call->function.number == op::kShare) {
    greatest = number_at(*call, 2).value_or(0);
  } else if (call != nullptr && call->function.number == op::kShared) {
    greatest = number_at(*call, 0).value_or(0);
  }
  algebra::any_child(*expression, [&](const ExprPtr& part) {
    greatest = std::max(greatest, greatest_slot(part));
    return false;
  });
  return greatest;
}

// Parts of a body, by where they are.
using Parts = std::set<const algebra::Expr*>;

ExprPtr replaced(const ExprPtr& expression, const Parts& parts, const ExprPtr& by) {
  if (parts.contains(expression.get())) return by;
  return algebra::map_children(expression,
                               [&](const ExprPtr& part) { return replaced(part, parts, by); });
}

ExprPtr share_parts(const ExprPtr& value, const Parts& parts, const ExprPtr& body) {
  const auto slot = algebra::constant(
      value::Value::int64(1 + std::max(greatest_slot(value), greatest_slot(body))));
  const ExprPtr shared = algebra::call({kFamily, op::kShared}, {slot});
  return algebra::call({kFamily, op::kShare}, {value, replaced(body, parts, shared), slot});
}

}  // namespace

void SharedOperand::add_use_in(const Typed& comparison, std::size_t side) {
  const algebra::Call* const call = call_of(comparison.expression);
  if (call != nullptr && side < call->args.size()) add_use(call->args[side]);
}

void SharedOperand::add_use(ExprPtr use) {
  if (!is_plain(use)) uses_.push_back(std::move(use));
}

Typed SharedOperand::share(Typed body) && {
  std::size_t uses_of_operand = std::erase(uses_, operand_);
  // Others that are alike are computed once, of the operand.
  while (!uses_.empty()) {
    const ExprPtr first = uses_.front();
    Parts alike;
    std::erase_if(uses_, [&](const ExprPtr& use) {
      const bool is_alike = use == first || algebra::equal(use, first);
      if (is_alike) alike.insert(use.get());
      return is_alike;
    });
    ++uses_of_operand;
    if (alike.size() > 1) body.expression = share_parts(first, alike, body.expression);
  }
  if (uses_of_operand > 1 && !is_plain(operand_)) {
    body.expression = share_parts(operand_, {operand_.get()}, body.expression);
  }
  return body;
}

namespace {

ExprPtr with_value(const ExprPtr& expression, std::int64_t slot, const ExprPtr& value) {
  const algebra::Call* const call = call_of(expression);
  if (call != nullptr && call->function.number == op::kShared && number_at(*call, 0) == slot) {
    return value;
  }
  const bool is_inner =
      call != nullptr && call->function.number == op::kShare && number_at(*call, 2) == slot;
  std::size_t place = 0;
  return algebra::map_children(expression, [&](const ExprPtr& part) {
    return is_inner && place++ == 1 ? part : with_value(part, slot, value);
  });
}

}  // namespace

ExprPtr unshared(const algebra::Call& call) {
  if (call.function != algebra::FunctionId{kFamily, op::kShare}) return nullptr;
  const auto slot = number_at(call, 2);
  return slot ? with_value(call.args[1], *slot, call.args[0]) : nullptr;
}

}  // namespace octavo::sql
