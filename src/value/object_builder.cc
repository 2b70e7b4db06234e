#include <algorithm>

#include "value/value.h"

namespace octavo::value {
namespace {

auto position(auto& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(),
                      [&](const Field& field) { return field.name == name; });
}

}  // namespace

ObjectBuilder::ObjectBuilder(const Value& object) {
  const ObjectView fields = object.as_object();
  fields_.reserve(fields.size() + 2);
  fields_.assign(fields.begin(), fields.end());
}

ObjectBuilder& ObjectBuilder::set(std::string_view name, Value value) {
  const auto at = position(fields_, name);
  if (at != fields_.end()) {
    at->value = std::move(value);
    return *this;
  }
  return append(std::string(name), std::move(value));
}

ObjectBuilder& ObjectBuilder::append(std::string name, Value value) {
  fields_.push_back({std::move(name), std::move(value)});
  return *this;
}

bool ObjectBuilder::erase(std::string_view name) {
  const auto at = position(fields_, name);
  if (at == fields_.end()) return false;
  fields_.erase(at);
  return true;
}

const Value* ObjectBuilder::find(std::string_view name) const {
  const auto at = position(fields_, name);
  return at == fields_.end() ? nullptr : &at->value;
}

Value ObjectBuilder::build() && { return Value::object(std::move(fields_)); }

}  // namespace octavo::value
