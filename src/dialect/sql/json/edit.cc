#include "dialect/sql/json/edit.h"

#include <algorithm>
#include <span>

#include "dialect/sql/json/object.h"

namespace octavo::sql {
namespace {

using value::Field;
using value::Value;
using Kind = JsonLeg::Kind;

bool adds(JsonChange change) { return change == JsonChange::insert || change == JsonChange::set; }

std::vector<Value> elements_of(const Value& value) {
  if (!value.is_array()) return {value};
  return {value.as_array().begin(), value.as_array().end()};
}

class Editor {
 public:
  Editor(JsonChange change, const Value& with) : change_(change), with_(with) {}

  Value edit(const Value& value, std::span<const JsonLeg> legs) {
    if (legs.empty()) return at_target(value);
    return legs.front().kind == Kind::member ? in_object(value, legs) : in_array(value, legs);
  }

 private:
  Value at_target(const Value& value) {
    switch (change_) {
      case JsonChange::replace:
      case JsonChange::set: return with_;
      case JsonChange::append: {
        std::vector<Value> elements = elements_of(value);
        elements.push_back(with_);
        return Value::array(std::move(elements));
      }
      case JsonChange::insert:
      case JsonChange::remove:
      case JsonChange::array_insert: return value;
    }
    return value;
  }

  Value in_object(const Value& value, std::span<const JsonLeg> legs) {
    if (!value.is_object()) return value;
    const std::string& name = legs.front().name;
    const bool is_last = legs.size() == 1;
    const Value* member = value.find(name);
    if (member == nullptr && !(is_last && adds(change_))) return value;
    std::vector<Field> fields;
    for (const Field& field : value.as_object()) {
      if (field.name != name) {
        fields.push_back(field);
      } else if (!is_last || change_ != JsonChange::remove) {
        fields.push_back({name, edit(field.value, legs.subspan(1))});
      }
    }
    if (member == nullptr) fields.push_back({name, with_});
    return json_object(std::move(fields));
  }

  Value in_array(const Value& value, std::span<const JsonLeg> legs) {
    const bool is_last = legs.size() == 1;
    const std::size_t size = value.is_array() ? value.as_array().size() : 1;
    const JsonCell cell = json_cell(legs.front().place, size);
    const bool is_there = !cell.below && cell.number < size;
    if (!value.is_array()) {
      if (is_there)
        return is_last && change_ == JsonChange::remove ? value : edit(value, legs.subspan(1));
      if (!is_last || !adds(change_)) return value;
    }
    std::vector<Value> elements = elements_of(value);
    if (is_last && change_ == JsonChange::array_insert) {
      put(elements, cell);
    } else if (is_there && is_last && change_ == JsonChange::remove) {
      elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(cell.number));
    } else if (is_there) {
      elements[cell.number] = edit(elements[cell.number], legs.subspan(1));
    } else if (is_last && adds(change_)) {
      put(elements, cell);
    } else {
      return value;
    }
    return Value::array(std::move(elements));
  }

  void put(std::vector<Value>& elements, const JsonCell& cell) {
    const std::size_t at = cell.below ? 0 : std::min(cell.number, elements.size());
    elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(at), with_);
  }

  JsonChange change_;
  const Value& with_;
};

}  // namespace

Value edit_json(const Value& document, const JsonPath& path, JsonChange change, const Value& with) {
  return Editor(change, with).edit(document, path.legs);
}

Value merge_json_patch(const Value& target, const Value& patch) {
  if (!patch.is_object()) return patch;
  std::vector<Field> fields;
  if (target.is_object()) {
    for (const Field& field : target.as_object()) {
      if (patch.find(field.name) == nullptr) fields.push_back(field);
    }
  }
  for (const Field& field : patch.as_object()) {
    if (field.value.is_null()) continue;
    const Value* before = target.is_object() ? target.find(field.name) : nullptr;
    fields.push_back(
        {field.name, merge_json_patch(before == nullptr ? Value() : *before, field.value)});
  }
  return json_object(std::move(fields));
}

Value merge_json_preserve(const Value& a, const Value& b) {
  if (a.is_object() && b.is_object()) {
    std::vector<Field> fields(a.as_object().begin(), a.as_object().end());
    for (const Field& field : b.as_object()) {
      const Value* before = a.find(field.name);
      fields.push_back({field.name, before == nullptr ? field.value
                                                      : merge_json_preserve(*before, field.value)});
    }
    return json_object(std::move(fields));
  }
  std::vector<Value> elements = elements_of(a);
  for (Value& element : elements_of(b)) elements.push_back(std::move(element));
  return Value::array(std::move(elements));
}

}  // namespace octavo::sql
