#include "dialect/mongodb/pipeline/documents.h"

#include <algorithm>

#include "dialect/mongodb/pipeline/operations.h"
#include "value/maker.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

Result<Item> present(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const bool is_missing = arguments[0] && arguments[0]->type() == value::Type::undefined;
  return is_missing ? Item() : arguments[0];
}

Result<Item> set_path(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!arguments[0] || !is_path(arguments[1])) {
    return fail(Code::type_mismatch, "a document is to be set at no path");
  }
  return Item(with_path(*arguments[0], arguments[1]->as_array(), arguments[2]));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kPresent, .name = "present", .least = 1, .eager = present},
    {.number = op::kSetPath, .name = "set_path", .least = 3, .eager = set_path},
};

}  // namespace

std::span<const OperationRow> document_operations() { return kOperations; }

const Value* at_document_path(const Value& document, std::span<const Value> names) {
  const Value* at = &document;
  for (const Value& name : names) {
    at = at->find(name.as_string());
    if (at == nullptr) return nullptr;
  }
  return at;
}

namespace {

// The document with that in the field's place, or behind all fields.
Value with_field(const Value& document, std::string_view name, const Value& value) {
  const value::ObjectView fields = document.as_object();
  const Value* const there = document.find(name);
  value::ObjectMaker object(fields.size() + (there == nullptr ? 1 : 0));
  for (const value::Field& field : fields) {
    object.append(std::string_view(field.name), &field.value == there ? value : field.value);
  }
  if (there == nullptr) object.append(name, value);
  return std::move(object).finish();
}

}  // namespace

Value with_path(const Value& document, std::span<const Value> names, const Item& value) {
  const std::string_view name = names.front().as_string();
  const Value* inner = document.find(name);
  if (!value && inner == nullptr) return document;
  if (names.size() == 1 && value && document.is_object()) return with_field(document, name, *value);
  value::ObjectBuilder builder =
      document.is_object() ? value::ObjectBuilder(document) : value::ObjectBuilder();
  if (names.size() > 1) {
    if (!value && !inner->is_object()) return document;
    builder.set(name, with_path(inner == nullptr ? Value() : *inner, names.subspan(1), value));
  } else if (value) {
    builder.set(name, *value);
  } else {
    builder.erase(name);
  }
  return std::move(builder).build();
}

Value names_of(std::span<const std::string> path) {
  std::vector<Value> names;
  for (const std::string& name : path) names.push_back(Value::string(name));
  return Value::array(std::move(names));
}

bool is_path(const Item& item) {
  return item && item->is_array() && !item->as_array().empty() &&
         std::ranges::all_of(item->as_array(), &Value::is_string);
}

ExprPtr set_path_call(ExprPtr document, std::span<const std::string> path, ExprPtr value) {
  return call(op::kSetPath,
              {std::move(document), algebra::constant(names_of(path)), std::move(value)});
}

}  // namespace octavo::mongodb
