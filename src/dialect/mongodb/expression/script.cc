#include "dialect/mongodb/expression/script.h"

#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/javascript/script.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::string_view kLanguage = "js";

// Beside MongoDB's fields: globals for its functions, which mapReduce calls its scope.
constexpr std::string_view kScope = "_internalScope";

Value scope_of(const Value& operand) {
  const Value* scope = operand.find(kScope);
  return scope != nullptr && scope->is_object() ? *scope : Value();
}

ExprPtr program_of(const Value& code, const Value& scope) {
  const std::array codes{code_of(code)};
  return algebra::constant(make_script(scope, codes));
}

Result<const Value*> constant_program(const OperationCall& call) {
  const auto* constant = std::get_if<algebra::Const>(&call.call.args[0]->node);
  if (constant == nullptr) return malformed("a script");
  return &constant->value;
}

Result<Item> run_function(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::uint32_t kNoArray = 31266;
  TRY(const Value* const program, constant_program(call));
  TRY(const Item given, arguments.evaluate(1));
  if (!is_array(given)) return error(kNoArray, "The args field must be of type array");
  TRY(Value result, call_script(*program, {.arguments = given->as_array()}, call.context));
  return Item(std::move(result));
}

Result<Item> run_emits(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::uint32_t kNoObject = 31225;
  TRY(const Value* const program, constant_program(call));
  TRY(const Item self, arguments.evaluate(1));
  if (!self || !self->is_object()) {
    return error(kNoObject, "'this' must be an object, but found {}", type_alias(self));
  }
  TRY(std::vector<Value> emitted, call_script_emits(*program, {.self = &*self}, call.context));
  return Item(Value::array(std::move(emitted)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kFunction,
     .name = "function",
     .least = 2,
     .flags = operation_flag::kImpure,
     .lazy = run_function},
    {.number = op::kEmits,
     .name = "emits",
     .least = 2,
     .flags = operation_flag::kImpure,
     .lazy = run_emits},
};

}  // namespace

std::span<const OperationRow> script_operations() { return kOperations; }

Result<ExprPtr> parse_function(const OperatorUse& use) {
  const Value& operand = use.operand;
  if (!operand.is_object()) {
    return error(31260, "$function requires an object as an argument, found: {}",
                 type_alias(operand));
  }
  for (const value::Field& field : operand.as_object()) {
    if (field.name != "body" && field.name != "args" && field.name != "lang" &&
        field.name != kScope) {
      return error(31267, "Unknown field in $function: {}", field.name);
    }
  }
  const Value* const body = operand.find("body");
  if (body == nullptr) return error(31261, "The body function must be specified.");
  TRY(const ExprPtr parsed, parse_operand(*body, use.variables));
  const Value* const code = constant_of(parsed);
  if (code == nullptr) return error(31432, "The body function must be a constant expression");
  if (!is_code(*code)) {
    return error(31262, "The body function must evaluate to type string or code");
  }
  const Value* const args = operand.find("args");
  if (args == nullptr) return error(31263, "The args field must be specified.");
  TRY(ExprPtr arguments, parse_operand(*args, use.variables));
  const Value* const language = operand.find("lang");
  if (language == nullptr) return error(31418, "The lang field must be specified.");
  if (!language->is_string() || language->as_string() != kLanguage) {
    return error(31419, "Currently the only supported language specifier is 'js'.");
  }
  return call(op::kFunction, {program_of(*code, scope_of(operand)), std::move(arguments)});
}

Result<ExprPtr> parse_emit(const OperatorUse& use) {
  constexpr std::string_view kName = "$_internalJsEmit";
  const Value& operand = use.operand;
  if (!operand.is_object()) {
    return error(31221, "{} requires an object as an argument, found: {}", kName,
                 type_alias(operand));
  }
  const Value* const self = operand.find("this");
  if (self == nullptr) return error(31223, "'this' field is required in {}", kName);
  const Value* const code = operand.find("eval");
  if (code == nullptr || !is_code(*code)) {
    return error(31224, "The map function must be specified, as a string or code.");
  }
  TRY(ExprPtr document, parse_operand(*self, use.variables));
  return call(op::kEmits, {program_of(*code, scope_of(operand)), std::move(document)});
}

}  // namespace octavo::mongodb
