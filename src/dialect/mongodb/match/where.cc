#include "dialect/mongodb/match/where.h"

#include <array>
#include <string>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/javascript/script.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// The document is the global `obj` as well.
std::string source_of(std::string_view code) {
  return fmt::format(
      "(function () {{ var holds = {};\n"
      "return function () {{ obj = this; return holds.call(this); }}; }})()",
      function_source(code));
}

Result<Item> holds(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item row, arguments.evaluate(0));
  const auto* program = std::get_if<algebra::Const>(&call.call.args[1]->node);
  if (program == nullptr) return fail(Code::type_mismatch, "$where has arguments of another form");
  if (!row) return Item(Value::boolean(false));
  TRY(const bool is_so, call_script_truth(program->value, {.self = &*row}, call.context));
  return Item(Value::boolean(is_so));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kWhere,
     .name = "where",
     .least = 2,
     .flags = operation_flag::kImpure,
     .lazy = holds},
};

}  // namespace

std::span<const OperationRow> where_operations() { return kOperations; }

Result<ExprPtr> parse_where(const Value& operand, const ExprPtr& row) {
  constexpr std::uint32_t kScoped = 4649200;
  if (operand.type() == value::Type::javascript && operand.javascript_scope() != nullptr) {
    return error(kScoped, "$where no longer supports deprecated BSON type CodeWScope");
  }
  if (!is_code(operand)) return error(ErrorCode::bad_value, "$where got bad type");
  if (!scripts_allowed()) {
    return error(ErrorCode::bad_value, "no globalScriptEngine in $where parsing");
  }
  const std::array sources{source_of(code_of(operand))};
  return call(op::kWhere, {row, algebra::constant(javascript::make_program(Value(), sources))});
}

}  // namespace octavo::mongodb
