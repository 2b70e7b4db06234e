#include "dialect/mongodb/expression/collation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "dialect/mongodb/expression/collation_rules.h"
#include "function/aggregate.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Order;
using value::Type;
using value::Value;

constexpr std::string_view kOption = "collation";
// No name of a variable begins so, so that no expression can use or hide it.
constexpr std::string_view kVariable = "$collation";

bool is_text(const Value& value) { return value.is_string() || value.type() == Type::symbol; }

bool has_option(const algebra::Call& call) {
  return std::ranges::find(call.options, kOption, &algebra::Option::name) != call.options.end();
}

bool compares(const algebra::Call& call) {
  if (call.function.family != kFamily) return false;
  const OperationRow* const row = find_operation(call.function.number);
  return row != nullptr && (row->flags & operation_flag::kCompares) != 0;
}

}  // namespace

Result<CollatedOrder> CollatedOrder::of(std::string_view name) {
  CollatedOrder order;
  if (name.empty()) return order;
  TRY(order.collation_, Collation::of(name));
  return order;
}

std::string_view CollatedOrder::name() const {
  return collation_ == nullptr ? std::string_view() : collation_->name();
}

std::strong_ordering CollatedOrder::compare(const Value& a, const Value& b) const {
  if (collation_ == nullptr) return value::compare(a, b, Order::bson);
  if (is_text(a) && is_text(b)) return collation_->compare(a.as_string(), b.as_string());
  const bool deep = (a.is_array() && b.is_array()) || (a.is_object() && b.is_object());
  if (!deep || !has_text(a) || !has_text(b)) return value::compare(a, b, Order::bson);
  return value::compare(key_of(a), key_of(b), Order::bson);
}

Value CollatedOrder::key_of(const Value& value) const {
  if (collation_ == nullptr || !has_text(value)) return value;
  if (is_text(value)) return Value::string(collation_->key_of(value.as_string()));
  if (value.is_array()) {
    std::vector<Value> elements;
    elements.reserve(value.as_array().size());
    for (const Value& element : value.as_array()) elements.push_back(key_of(element));
    return Value::array(std::move(elements));
  }
  std::vector<value::Field> fields;
  fields.reserve(value.as_object().size());
  for (const value::Field& field : value.as_object()) {
    fields.push_back({field.name, key_of(field.value)});
  }
  return Value::object(std::move(fields));
}

bool has_text(const Value& value) {
  if (is_text(value)) return true;
  if (value.is_array()) return std::ranges::any_of(value.as_array(), has_text);
  return value.is_object() && std::ranges::any_of(value.as_object(), [](const value::Field& field) {
           return has_text(field.value);
         });
}

Variables with_collation(const Variables& variables, std::string_view name) {
  return variables.with(kVariable, algebra::constant(Value::string(name)));
}

std::string_view collation_of(const Variables& variables) {
  const ExprPtr found = variables.find(kVariable);
  if (found == nullptr) return {};
  // The variables share what they bind, so that it stays where it is.
  return std::get<algebra::Const>(found->node).value.as_string();
}

ExprPtr collate(const ExprPtr& expression, std::string_view name) {
  if (name.empty()) return expression;
  ExprPtr within = algebra::map_children(
      expression, [name](const ExprPtr& part) { return collate(part, name); });
  const auto* const call = std::get_if<algebra::Call>(&within->node);
  if (call == nullptr || !compares(*call) || has_option(*call)) return within;
  std::vector<algebra::Option> options = call->options;
  std::ranges::move(collation_options(name), std::back_inserter(options));
  return algebra::call(call->function, call->args, std::move(options));
}

std::vector<algebra::Option> collation_options(std::string_view name) {
  if (name.empty()) return {};
  return {{std::string(kOption), algebra::constant(Value::string(name))}};
}

Result<CollatedOrder> collated_order(std::span<const algebra::Option> options) {
  if (options.empty()) return CollatedOrder();
  const Value* const name = function::find_option(options, kOption);
  return CollatedOrder::of(name != nullptr && name->is_string() ? name->as_string()
                                                                : std::string_view());
}

}  // namespace octavo::mongodb
