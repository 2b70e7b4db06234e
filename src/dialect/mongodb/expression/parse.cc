#include "dialect/mongodb/expression/parse.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/fold.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operator.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
using value::Value;

// Levels of a path, as BSON may have levels of documents.
constexpr std::size_t kMostParts = 200;

Status check_field_name(std::string_view name) {
  if (name.empty()) return error(15998, "FieldPath field names may not be empty strings.");
  if (name.front() == '$') {
    return error(16410,
                 "FieldPath field names may not start with '$'. Consider using $getField or "
                 "$setField.");
  }
  if (name.find('\0') != name.npos) {
    return error(16411, "FieldPath field names may not contain '\\0'.");
  }
  return {};
}

// A variable that is not bound: one that every request could have, or none at all.
std::unexpected<Error> undefined(std::string_view name) {
  for (const std::string_view known :
       {variable_name::kNow, variable_name::kClusterTime, variable_name::kUserRoles}) {
    if (name == known) return error(51144, "Builtin variable '$${}' is not available", name);
  }
  return error(17276, "Use of undefined variable: {}", name);
}

// A value below a variable: "name.a.b".
Result<ExprPtr> parse_variable_path(std::string_view path, const Variables& variables) {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  TRY_STATUS(check_variable_use(name));
  ExprPtr variable = variables.find(name);
  if (variable == nullptr) return undefined(name);
  if (dot == path.npos) return variable;
  if (path.ends_with('.')) return error(40353, "FieldPath must not end with a '.'.");
  TRY(const std::vector<std::string> parts, split_field_path(path.substr(dot + 1)));
  return path_call(std::move(variable), parts);
}

Result<ExprPtr> parse_path(std::string_view text, const Variables& variables) {
  std::string_view rest = text.substr(1);
  if (rest.empty()) return error(16872, "'$' by itself is not a valid FieldPath");
  if (rest.front() != '$') return parse_field_path(rest, variables);
  rest.remove_prefix(1);
  return parse_variable_path(rest, variables);
}

Result<ExprPtr> parse_operator(const Value& object, const Variables& variables) {
  const value::ObjectView fields = object.as_object();
  if (fields.size() != 1) {
    return error(15983, "an object representing an expression must have exactly one field: {}",
                 print(object));
  }
  const value::Field& use = fields.front();
  const OperatorRow* row = find_operator(use.name);
  if (row == nullptr) {
    return error(ErrorCode::invalid_pipeline_operator, "Unrecognized expression '{}'", use.name);
  }
  const OperatorUse parsed{.row = *row, .operand = use.value, .variables = variables};
  if (row->parse != nullptr) return row->parse(parsed);
  return row->form != nullptr ? parse_form(parsed) : parse_positional(parsed);
}

Result<ExprPtr> parse_object(const Value& object, const Variables& variables) {
  const value::ObjectView fields = object.as_object();
  if (fields.empty()) return algebra::constant(object);
  if (fields.front().name.starts_with('$')) return parse_operator(object, variables);
  std::vector<algebra::Option> made;
  made.reserve(fields.size());
  for (const value::Field& field : fields) {
    TRY_STATUS(check_field_name(field.name));
    if (field.name.find('.') != std::string::npos) {
      return error(16412,
                   "FieldPath field names may not contain '.'. Consider using $getField or "
                   "$setField.");
    }
    TRY(ExprPtr content, parse_operand(field.value, variables));
    made.push_back({field.name, std::move(content)});
  }
  return algebra::make_object(std::move(made));
}

Result<ExprPtr> parse_array(const Value& array, const Variables& variables) {
  std::vector<ExprPtr> elements;
  elements.reserve(array.as_array().size());
  for (const Value& part : array.as_array()) {
    TRY(ExprPtr element, parse_operand(part, variables));
    elements.push_back(std::move(element));
  }
  return algebra::make_array(std::move(elements));
}

}  // namespace

Result<ExprPtr> parse_operand(const Value& operand, const Variables& variables) {
  if (operand.is_string() && operand.as_string().starts_with('$')) {
    return parse_path(operand.as_string(), variables);
  }
  if (operand.is_array()) return parse_array(operand, variables);
  if (operand.is_object()) return parse_object(operand, variables);
  if (operand.is_string() && operand.as_string().size() >= kMostTextBytes) {
    return error(16493, "Tried to create string longer than {} bytes", kMostTextBytes);
  }
  return algebra::constant(operand);
}

Result<ExprPtr> parse_expression(const Value& spec, const Variables& variables) {
  TRY(ExprPtr parsed, parse_operand(spec, variables));
  return fold(collate(parsed, collation_of(variables)));
}

Result<std::vector<std::string>> split_field_path(std::string_view path) {
  if (path.empty()) return error(40352, "FieldPath cannot be constructed with empty string");
  if (path.ends_with('.')) return error(40353, "FieldPath must not end with a '.'.");
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    TRY_STATUS(check_field_name(part));
    parts.emplace_back(part);
    begin = end + 1;
  }
  if (parts.size() > kMostParts) return error(5984700, "FieldPath is too long");
  return parts;
}

Result<ExprPtr> parse_field_path(std::string_view path, const Variables& variables) {
  ExprPtr current = variables.find(variable_name::kCurrent);
  // Where no document is ($documents, "let" of commands).
  if (current == nullptr) return error(17276, "Use of undefined variable: CURRENT");
  if (path == ".") return error(40353, "FieldPath must not end with a '.'.");
  TRY(const std::vector<std::string> parts, split_field_path(path));
  return path_call(std::move(current), parts);
}

ExprPtr row_lambda(VarId row, ExprPtr body) { return algebra::lambda({row}, std::move(body)); }

const Value* constant_of(const ExprPtr& expression) {
  const auto* constant = std::get_if<algebra::Const>(&expression->node);
  return constant == nullptr ? nullptr : &constant->value;
}

}  // namespace octavo::mongodb
