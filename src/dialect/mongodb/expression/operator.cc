#include "dialect/mongodb/expression/operator.h"

#include <algorithm>
#include <unordered_map>

#include "base/assert.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operator_tables.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

using Operators = std::unordered_map<std::string_view, const OperatorRow*>;

Operators make_operators() {
  Operators operators;
  for (const auto table : kOperatorTables) {
    for (const OperatorRow& row : table()) {
      const bool is_new = operators.emplace(row.name, &row).second;
      ASSERT(is_new);
    }
  }
  return operators;
}

}  // namespace

const OperatorRow* find_operator(std::string_view name) {
  static const Operators kByName = make_operators();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

Result<std::vector<ExprPtr>> parse_operands(const OperatorUse& use) {
  std::vector<ExprPtr> operands;
  if (!use.operand.is_array()) {
    TRY(ExprPtr only, parse_operand(use.operand, use.variables));
    operands.push_back(std::move(only));
    return operands;
  }
  for (const Value& part : use.operand.as_array()) {
    TRY(ExprPtr operand, parse_operand(part, use.variables));
    operands.push_back(std::move(operand));
  }
  return operands;
}

Result<ExprPtr> parse_positional(const OperatorUse& use) {
  TRY(std::vector<ExprPtr> operands, parse_operands(use));
  const OperatorRow& row = use.row;
  const std::size_t count = operands.size();
  if (count < row.least || (row.most != OperatorRow::kAny && count > row.most)) {
    if (row.least == row.most) {
      return error(16020, "Expression {} takes exactly {} arguments. {} were passed in.", row.name,
                   row.least, count);
    }
    return error(
        28667, "Expression {} takes at least {} arguments, and at most {}, but {} were passed in.",
        row.name, row.least, row.most, count);
  }
  return call(row.number, std::move(operands));
}

Result<std::vector<const Value*>> read_form(const OperatorUse& use, const OperandForm& form) {
  if (!use.operand.is_object()) {
    return error(form.not_object, "{} only supports an object as its argument", use.row.name);
  }
  std::vector<const Value*> parts(form.fields.size(), nullptr);
  for (const value::Field& field : use.operand.as_object()) {
    const auto known = std::ranges::find(form.fields, field.name, &OperandField::name);
    if (known == form.fields.end()) {
      return error(form.unknown, "Unrecognized argument to {}: {}", use.row.name, field.name);
    }
    parts[static_cast<std::size_t>(known - form.fields.begin())] = &field.value;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != nullptr || form.fields[i].missing == 0) continue;
    return error(form.fields[i].missing, "Missing '{}' parameter to {}", form.fields[i].name,
                 use.row.name);
  }
  return parts;
}

Result<ExprPtr> parse_form(const OperatorUse& use) {
  TRY(const std::vector<const Value*> parts, read_form(use, *use.row.form));
  std::vector<ExprPtr> operands;
  operands.reserve(parts.size());
  for (const Value* part : parts) {
    if (part == nullptr) {
      operands.push_back(call(op::kAbsent, {}));
      continue;
    }
    TRY(ExprPtr operand, parse_operand(*part, use.variables));
    operands.push_back(std::move(operand));
  }
  return call(use.row.number, std::move(operands));
}

bool is_given(const ExprPtr& argument) {
  const auto* given = std::get_if<algebra::Call>(&argument->node);
  return given == nullptr || given->function != function_id(op::kAbsent);
}

bool is_given(const OperationCall& call, std::size_t i) {
  return i < call.call.args.size() && is_given(call.call.args[i]);
}

}  // namespace octavo::mongodb
