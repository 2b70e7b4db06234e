#include "dialect/mongodb/expression/access.h"

#include "dialect/mongodb/expression/operation_tables.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

Result<Item> path(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& names = arguments[1];
  if (!names || !names->is_array()) return fail(Code::type_mismatch, "a path is no array of names");
  if (!arguments[0]) return Item();
  for (const Value& name : names->as_array()) {
    if (!name.is_string()) return fail(Code::type_mismatch, "a path is no array of names");
  }
  return at_path(*arguments[0], names->as_array());
}

Result<Item> nothing(const OperationCall& /*call*/, std::span<const Item> /*arguments*/) {
  return Item();
}

Result<Item> add_id(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!arguments[0] || !arguments[1] || !arguments[1]->is_string()) return arguments[0];
  return Item(with_id(*arguments[0], arguments[1]->as_string()));
}

Result<Item> remove_field(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!arguments[0] || !arguments[1] || !arguments[1]->is_string()) return arguments[0];
  return Item(without_field(*arguments[0], arguments[1]->as_string()));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kWithId, .name = "with_id", .least = 2, .eager = add_id},
    {.number = op::kWithoutField, .name = "without_field", .least = 2, .eager = remove_field},
    {.number = op::kRemove, .name = "remove", .eager = nothing},
    {.number = op::kAbsent, .name = "absent", .eager = nothing},
    {.number = op::kPath,
     .name = "path",
     .least = 2,
     .flags = operation_flag::kReadsPath,
     .eager = path},
};

}  // namespace

std::span<const OperationRow> access_operations() { return kOperations; }

Item at_path(const Value& from, std::span<const Value> names) {
  const Value* at = &from;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (at->is_array()) {
      std::vector<Value> found;
      for (const Value& element : at->as_array()) {
        // An array within the array is not entered.
        if (element.is_array()) continue;
        Item part = at_path(element, names.subspan(i));
        if (part) found.push_back(*std::move(part));
      }
      return Value::array(std::move(found));
    }
    at = at->find(names[i].as_string());
    if (at == nullptr) return std::nullopt;
  }
  return *at;
}

Value with_id(const Value& document, std::string_view primary_key) {
  constexpr std::string_view kId = "_id";
  const Value* const key = document.find(primary_key);
  if (key == nullptr || !document.is_object() || document.find(kId) != nullptr) return document;
  std::vector<value::Field> fields;
  fields.reserve(document.as_object().size() + 1);
  fields.push_back({std::string(kId), *key});
  fields.insert(fields.end(), document.as_object().begin(), document.as_object().end());
  return Value::object(std::move(fields));
}

Value without_field(const Value& document, std::string_view name) {
  if (!document.is_object() || document.find(name) == nullptr) return document;
  value::ObjectBuilder builder(document);
  builder.erase(name);
  return std::move(builder).build();
}

ExprPtr path_call(ExprPtr object, std::span<const std::string> names) {
  std::vector<Value> parts;
  parts.reserve(names.size());
  for (const std::string& name : names) parts.push_back(Value::string(name));
  return call(op::kPath, {std::move(object), algebra::constant(Value::array(std::move(parts)))});
}

std::optional<std::vector<std::string_view>> fields_named(const algebra::Call& call) {
  const OperationRow* row =
      call.function.family == kFamily ? find_operation(call.function.number) : nullptr;
  constexpr auto kReads = operation_flag::kReadsPath | operation_flag::kReadsFields;
  if (row == nullptr || (row->flags & kReads) == 0 || call.args.size() < 2) return std::nullopt;
  const auto* names = std::get_if<algebra::Const>(&call.args[1]->node);
  if (names == nullptr || !names->value.is_array()) return std::nullopt;
  value::ArrayView read = names->value.as_array();
  if ((row->flags & operation_flag::kReadsPath) != 0) {
    // Without names it is the argument itself.
    if (read.empty()) return std::nullopt;
    read = read.first(1);
  }
  std::vector<std::string_view> fields;
  for (const Value& name : read) {
    if (!name.is_string()) return std::nullopt;
    fields.push_back(name.as_string());
  }
  return fields;
}

}  // namespace octavo::mongodb
