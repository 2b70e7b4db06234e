// Conditions and choices; which group an operator belongs to.

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/bind_binary.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation_tables.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/share.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

Typed condition_call(std::uint16_t operation, std::vector<Typed> operands) {
  const bool nullable =
      std::ranges::any_of(operands, [](const Typed& operand) { return operand.type.nullable; });
  return make_call(operation, std::move(operands), with_null(boolean_type(), nullable));
}

// What CASE compares its operand with a condition as: a document with a text as the text that it is
// written as (`CASE j WHEN 'null'`), where `=` would take the text for a string of JSON.
Typed case_operand(const Typed& operand, const Typed& condition, const CallContext& context) {
  if (operand.type.kind() != value::Kind::json || !condition.type.is_text()) return operand;
  return as_text(operand, context);
}

Result<Typed> bind_exclusive_or(Typed left, Typed right, const CallContext& context) {
  std::vector<Typed> operands;
  operands.push_back(as_truth(std::move(left), context));
  operands.push_back(as_truth(std::move(right), context));
  return condition_call(op::kXor, std::move(operands));
}

// By name, as MySQL has it: an operator that is a function.
Result<Typed> bind_named(std::string_view name, Typed left, Typed right,
                         const CallContext& context) {
  const NameRow* row = find_function(name);
  if (row == nullptr) return not_supported(name);
  std::vector<CallArgument> arguments(2);
  arguments[0].value = std::move(left);
  arguments[1].value = std::move(right);
  return bind_call(*row, std::move(arguments), context);
}

Result<Typed> bind_sounds_like(Typed left, Typed right, const CallContext& context) {
  const NameRow* row = find_function("SOUNDEX");
  if (row == nullptr) return not_supported("SOUNDS LIKE");
  const auto sound = [&](Typed operand) {
    std::vector<CallArgument> arguments(1);
    arguments[0].value = std::move(operand);
    return bind_call(*row, std::move(arguments), context);
  };
  TRY(Typed a, sound(std::move(left)));
  TRY(Typed b, sound(std::move(right)));
  return bind_comparison(BinaryOperator::equal, std::move(a), std::move(b), context);
}

// Results of branches in their common type, and that type.
Result<Type> unite(std::span<Typed* const> results, std::string_view word,
                   const CallContext& context) {
  std::vector<Type> types;
  for (const Typed* result : results) types.push_back(result->type);
  TRY(Type type, common_type(types, word));
  for (Typed* result : results) {
    TRY(*result, convert_to(std::move(*result), type, context));
  }
  return type;
}

Result<Typed> bind_if(CallBinder& call) {
  TRY_STATUS(call.to_condition(0));
  Typed* const branches[] = {&call[1], &call[2]};
  TRY(Type type, unite(branches, "if", call.context()));
  return call.make(op::kIf, std::move(type));
}

Result<Typed> bind_coalesce(CallBinder& call) {
  const bool nullable = std::ranges::all_of(call.types(), &Type::nullable);
  TRY(Type type, call.to_common());
  return call.make(op::kCoalesce, with_null(std::move(type), nullable));
}

Result<Typed> bind_null_if(CallBinder& call) {
  TRY(Typed equal, bind_comparison(BinaryOperator::equal, call[0], call[1], call.context()));
  Type type = with_null(call.type(0), true);
  type.flags = 0;
  Typed null = typed_constant(value::Value(), type);
  return make_call(op::kIf, {std::move(equal), std::move(null), call[0]}, std::move(type));
}

Result<Typed> bind_is_null(CallBinder& call) {
  return make_call(op::kIsNull, {call[0]}, with_null(boolean_type(), false));
}

constexpr NameRow kNames[] = {
    {.name = "COALESCE", .least = 1, .most = kAnyNumber, .bind = bind_coalesce},
    {.name = "IF", .least = 3, .most = 3, .bind = bind_if},
    {.name = "IFNULL", .least = 2, .most = 2, .bind = bind_coalesce},
    {.name = "ISNULL", .least = 1, .most = 1, .bind = bind_is_null},
    {.name = "NULLIF", .least = 2, .most = 2, .bind = bind_null_if},
};

}  // namespace

std::span<const NameRow> control_names() { return kNames; }

Result<Typed> bind_binary(BinaryOperator op, Typed left, Typed right, const CallContext& context) {
  switch (op) {
    case BinaryOperator::exclusive_or:
      return bind_exclusive_or(std::move(left), std::move(right), context);
    case BinaryOperator::equal:
    case BinaryOperator::null_safe_equal:
    case BinaryOperator::not_equal:
    case BinaryOperator::less:
    case BinaryOperator::less_or_equal:
    case BinaryOperator::greater:
    case BinaryOperator::greater_or_equal:
      return bind_comparison(op, std::move(left), std::move(right), context);
    case BinaryOperator::regexp:
    case BinaryOperator::not_regexp:
      return bind_regexp(op == BinaryOperator::not_regexp, std::move(left), std::move(right),
                         context);
    case BinaryOperator::sounds_like:
      return bind_sounds_like(std::move(left), std::move(right), context);
    case BinaryOperator::member_of:
      return bind_named("MEMBER OF", std::move(left), std::move(right), context);
    case BinaryOperator::bit_or:
    case BinaryOperator::bit_and:
    case BinaryOperator::bit_xor:
    case BinaryOperator::shift_left:
    case BinaryOperator::shift_right:
      return bind_bits(op, std::move(left), std::move(right), context);
    case BinaryOperator::add:
    case BinaryOperator::subtract:
    case BinaryOperator::multiply:
    case BinaryOperator::divide:
    case BinaryOperator::integer_divide:
    case BinaryOperator::modulo:
      return bind_arithmetic(op, std::move(left), std::move(right), context);
    case BinaryOperator::json_extract:
      return bind_named("JSON_EXTRACT", std::move(left), std::move(right), context);
    case BinaryOperator::json_unquote: {
      TRY(Typed found, bind_named("JSON_EXTRACT", std::move(left), std::move(right), context));
      const NameRow* row = find_function("JSON_UNQUOTE");
      if (row == nullptr) return not_supported("->>");
      std::vector<CallArgument> arguments(1);
      arguments[0].value = std::move(found);
      return bind_call(*row, std::move(arguments), context);
    }
  }
  std::unreachable();
}

Result<Typed> bind_unary(UnaryOperator op, Typed operand, const CallContext& context) {
  switch (op) {
    case UnaryOperator::minus: return bind_minus(std::move(operand), context);
    case UnaryOperator::bit_not: return bind_invert(std::move(operand), context);
    case UnaryOperator::logical_not: {
      std::vector<Typed> operands;
      operands.push_back(as_truth(std::move(operand), context));
      return condition_call(op::kNot, std::move(operands));
    }
  }
  std::unreachable();
}

Result<Typed> bind_junction(bool all, std::vector<Typed> operands, const CallContext& context) {
  for (Typed& operand : operands) operand = as_truth(std::move(operand), context);
  if (operands.size() == 1) return std::move(operands.front());
  return condition_call(all ? op::kAnd : op::kOr, std::move(operands));
}

Result<Typed> bind_is(Truth truth, bool negated, Typed operand, const CallContext& context) {
  std::uint16_t operation = op::kIsNull;
  switch (truth) {
    case Truth::null:
    case Truth::unknown: break;
    case Truth::yes: operation = op::kIsTrue; break;
    case Truth::no: operation = op::kIsFalse; break;
  }
  if (truth != Truth::null) operand = as_truth(std::move(operand), context);
  std::vector<Typed> operands;
  operands.push_back(std::move(operand));
  const Type type = with_null(boolean_type(), false);
  Typed is = make_call(operation, std::move(operands), type);
  return negated ? make_call(op::kNot, {std::move(is)}, type) : std::move(is);
}

Result<Typed> bind_case(std::optional<Typed> operand, std::vector<TypedWhen> whens,
                        std::optional<Typed> otherwise, const CallContext& context) {
  std::vector<Typed*> results;
  if (operand) operand->expression = fold(operand->expression, context);
  SharedOperand shared(operand ? operand->expression : nullptr);
  for (TypedWhen& when : whens) {
    if (operand) {
      Typed compared = case_operand(*operand, when.condition, context);
      TRY(when.condition, bind_comparison(BinaryOperator::equal, std::move(compared),
                                          std::move(when.condition), context));
      shared.add_use_in(when.condition);
    } else {
      when.condition = as_truth(std::move(when.condition), context);
    }
    results.push_back(&when.result);
  }
  Typed last = otherwise ? std::move(*otherwise) : typed_constant(value::Value(), null_type());
  results.push_back(&last);
  TRY(Type type, unite(results, "case", context));
  std::vector<Typed> arguments;
  for (TypedWhen& when : whens) {
    arguments.push_back(std::move(when.condition));
    arguments.push_back(std::move(when.result));
  }
  arguments.push_back(std::move(last));
  return std::move(shared).share(make_call(op::kCase, std::move(arguments), std::move(type)));
}

Result<algebra::ExprPtr> as_condition(Typed operand, const CallContext& context) {
  return as_truth(std::move(operand), context).expression;
}

}  // namespace octavo::sql
