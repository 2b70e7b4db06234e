#include "dialect/mongodb/expression/lambda.h"

#include <algorithm>

#include "algebra/children.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "function/lambda_facts.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::VarId;

// Which fields of the row an expression reads; false: it may use the row as a whole.
bool find_fields(const ExprPtr& expression, VarId row, std::vector<std::string>& fields) {
  if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
    return variable->id != row;
  }
  const auto reads = [&](const ExprPtr& part) { return find_fields(part, row, fields); };
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    const auto* object =
        call->args.empty() ? nullptr : std::get_if<algebra::Var>(&call->args.front()->node);
    const auto named = object != nullptr && object->id == row ? fields_named(*call) : std::nullopt;
    if (named) {
      for (const std::string_view name : *named) fields.emplace_back(name);
      return std::ranges::all_of(std::span(call->args).subspan(1), reads) &&
             std::ranges::all_of(call->options, reads, &algebra::Option::value);
    }
  }
  return !algebra::any_child(*expression, [&](const ExprPtr& part) { return !reads(part); });
}

bool is_pure(std::uint16_t number) {
  const OperationRow* row = find_operation(number);
  return row != nullptr && (row->flags & operation_flag::kImpure) == 0;
}

}  // namespace

Result<value::Value> evaluate_lambda(const ExprPtr& lambda, std::span<const value::Value> arguments,
                                     function::EvalContext& context) {
  TRY(Item item, evaluate_item(lambda, arguments, context));
  if (!item) return fail(Code::missing_value, "the expression gives no value");
  return *std::move(item);
}

bool lambda_is_deterministic(const ExprPtr& expression) {
  return function::is_deterministic(expression, kFamily, is_pure);
}

std::optional<std::vector<std::string>> fields_read(const ExprPtr& lambda) {
  return function::fields_read(lambda, find_fields);
}

std::string_view operation_name(std::uint16_t number) {
  const OperationRow* row = find_operation(number);
  return row == nullptr ? std::string_view() : row->name;
}

}  // namespace octavo::mongodb
