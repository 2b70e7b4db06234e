#include "base/checksum.h"
#include "value/heap.h"
#include "value/value.h"

namespace octavo::value {

std::size_t ObjectBuilder::NameHash::operator()(std::string_view name) const {
  return static_cast<std::size_t>(hash64(name));
}

ObjectBuilder::ObjectBuilder(const Value& object) {
  const ObjectView fields = object.as_object();
  fields_.reserve(fields.size() + 2);
  fields_.assign(fields.begin(), fields.end());
}

std::optional<std::size_t> ObjectBuilder::position(std::string_view name) const {
  if (fields_.size() <= kLinearFields) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name == name) return i;
    }
    return std::nullopt;
  }
  for (std::size_t i = positions_.size(); i < fields_.size(); ++i) {
    positions_.emplace(fields_[i].name, i);
  }
  const auto known = positions_.find(name);
  if (known == positions_.end()) return std::nullopt;
  return known->second;
}

ObjectBuilder& ObjectBuilder::set(std::string_view name, Value value) {
  if (const auto at = position(name)) {
    fields_[*at].value = std::move(value);
    return *this;
  }
  return append(std::string(name), std::move(value));
}

ObjectBuilder& ObjectBuilder::append(std::string name, Value value) {
  fields_.push_back({std::move(name), std::move(value)});
  return *this;
}

bool ObjectBuilder::erase(std::string_view name) {
  const auto at = position(name);
  if (!at) return false;
  fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(*at));
  positions_.clear();
  return true;
}

const Value* ObjectBuilder::find(std::string_view name) const {
  const auto at = position(name);
  return at ? &fields_[*at].value : nullptr;
}

Value ObjectBuilder::build() && { return Value::object(std::move(fields_)); }

}  // namespace octavo::value
