// Fields of documents by names that need be no paths, and documents put over each other.

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// (name, document)
Result<Item> field_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& name = arguments[0];
  const Item& object = arguments[1];
  if (!is_string(name)) {
    return error(3041704, "$getField requires 'field' to evaluate to type String, but got {}",
                 type_alias(name));
  }
  if (!object) return Item();
  if (is_nullish(object)) return null_item();
  const Value* content = object->find(name->as_string());
  return content == nullptr ? Item() : Item(*content);
}

// (name, document, content): without the field where the content is missing.
Result<Item> with_field(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& name = arguments[0];
  const Item& object = arguments[1];
  if (is_nullish(object)) return null_item();
  if (!object->is_object()) {
    return error(4161105, "$setField requires 'input' to evaluate to type Object");
  }
  if (!is_string(name)) return malformed("setField");
  value::ObjectBuilder fields(*object);
  if (arguments[2]) {
    fields.set(name->as_string(), *arguments[2]);
  } else {
    fields.erase(name->as_string());
  }
  return Item(std::move(fields).build());
}

Status merge_into(value::ObjectBuilder& merged, const Item& part) {
  if (is_nullish(part)) return {};
  if (!part->is_object()) {
    return error(40400, "$mergeObjects requires object inputs, but input {} is of type {}",
                 print_operand(part), type_alias(part));
  }
  for (const value::Field& field : part->as_object()) merged.set(field.name, field.value);
  return {};
}

Result<Item> merge(const OperationCall& /*call*/, std::span<const Item> arguments) {
  value::ObjectBuilder merged;
  if (arguments.size() == 1 && is_array(arguments[0])) {
    for (const Value& part : arguments[0]->as_array()) {
      TRY_STATUS(merge_into(merged, Item(part)));
    }
  } else {
    for (const Item& part : arguments) {
      TRY_STATUS(merge_into(merged, part));
    }
  }
  return Item(std::move(merged).build());
}

constexpr OperandField kGetFields[] = {{.name = "field", .missing = 3041702},
                                       {.name = "input", .missing = 3041703}};
constexpr OperandForm kGetForm{.not_object = 3041704, .unknown = 3041701, .fields = kGetFields};

// {field: name, input: document}, or the name alone: of the current document.
Result<ExprPtr> parse_get_field(const OperatorUse& use) {
  const Value& operand = use.operand;
  const bool by_name = operand.is_object() && (operand.as_object().empty() ||
                                               !operand.as_object().front().name.starts_with('$'));
  const Value* name = &operand;
  ExprPtr object;
  if (by_name) {
    TRY(const auto parts, read_form(use, kGetForm));
    name = parts[0];
    TRY(object, parse_operand(*parts[1], use.variables));
  } else {
    object = use.variables.find(variable_name::kCurrent);
    if (object == nullptr) return error(17276, "Use of undefined variable: CURRENT");
  }
  TRY(ExprPtr field, parse_operand(*name, use.variables));
  return call(op::kGetField, {std::move(field), std::move(object)});
}

// The name of $setField, which is known when it is parsed.
Result<ExprPtr> parse_name(const Value& given, const OperatorUse& use) {
  if (given.is_string() && given.as_string().starts_with('$')) {
    return error(4161108, "{} requires 'field' to be a constant, but it is a path of fields",
                 use.row.name);
  }
  TRY(ExprPtr name, parse_operand(given, use.variables));
  const Value* constant = constant_of(name);
  if (constant == nullptr) {
    return error(4161106, "{} requires 'field' to evaluate to a constant", use.row.name);
  }
  if (!constant->is_string()) {
    return error(4161107, "{} requires 'field' to evaluate to type String, but got {}",
                 use.row.name, type_alias(*constant));
  }
  if (constant->as_string().find('\0') != std::string_view::npos) {
    return error(9534700, "{}: a name of a field may not contain a null byte", use.row.name);
  }
  return name;
}

constexpr OperandField kSetFields[] = {{.name = "field", .missing = 4161102},
                                       {.name = "value", .missing = 4161103},
                                       {.name = "input", .missing = 4161109}};
constexpr OperandForm kSetForm{.not_object = 4161100, .unknown = 4161101, .fields = kSetFields};

Result<ExprPtr> parse_set_field(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kSetForm));
  TRY(ExprPtr name, parse_name(*parts[0], use));
  TRY(ExprPtr content, parse_operand(*parts[1], use.variables));
  TRY(ExprPtr object, parse_operand(*parts[2], use.variables));
  return call(op::kSetField, {std::move(name), std::move(object), std::move(content)});
}

constexpr OperandField kUnsetFields[] = {{.name = "field", .missing = 4161102},
                                         {.name = "input", .missing = 4161109}};
constexpr OperandForm kUnsetForm{.not_object = 4161100, .unknown = 4161101, .fields = kUnsetFields};

Result<ExprPtr> parse_unset_field(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kUnsetForm));
  TRY(ExprPtr name, parse_name(*parts[0], use));
  TRY(ExprPtr object, parse_operand(*parts[1], use.variables));
  return call(op::kSetField, {std::move(name), std::move(object), call(op::kRemove, {})});
}

constexpr OperationRow kOperations[] = {
    {.number = op::kGetField, .name = "getField", .least = 2, .eager = field_of},
    {.number = op::kSetField, .name = "setField", .least = 3, .eager = with_field},
    {.number = op::kMergeObjects, .name = "mergeObjects", .eager = merge},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$getField", .number = op::kGetField, .parse = parse_get_field},
    {.name = "$setField", .number = op::kSetField, .parse = parse_set_field},
    {.name = "$unsetField", .number = op::kSetField, .parse = parse_unset_field},
    {.name = "$mergeObjects", .number = op::kMergeObjects, .least = 0, .most = OperatorRow::kAny},
};

}  // namespace

std::span<const OperationRow> object_operations() { return kOperations; }
std::span<const OperatorRow> object_operators() { return kOperators; }

}  // namespace octavo::mongodb
