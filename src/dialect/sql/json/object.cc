#include "dialect/sql/json/object.h"

#include <algorithm>
#include <map>

#include "dialect/sql/error/error.h"
#include "value/maker.h"

namespace octavo::sql {
namespace {

using value::Field;
using value::Value;

bool field_less(const Field& a, const Field& b) { return json_name_less(a.name, b.name); }

bool is_sorted_through(const Value& value) {
  if (value.is_array()) return std::ranges::all_of(value.as_array(), is_sorted_through);
  if (!value.is_object()) return true;
  return std::ranges::is_sorted(value.as_object(), field_less) &&
         std::ranges::all_of(value.as_object(), is_sorted_through, &Field::value);
}

}  // namespace

Status check_json_depth(const Value& value, std::size_t more) {
  if (value.depth() + more > kMaxJsonDepth) return error<3157>();
  return {};
}

bool json_name_less(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Value json_object(std::vector<Field> fields) {
  std::map<std::string_view, std::size_t, decltype(&json_name_less)> places(json_name_less);
  for (std::size_t i = 0; i < fields.size(); ++i) places[fields[i].name] = i;
  value::ObjectMaker object(places.size());
  for (const auto& [name, place] : places) object.append(name, fields[place].value);
  return std::move(object).finish();
}

Value json_sorted(const Value& value) {
  if (is_sorted_through(value)) return value;
  if (value.is_array()) {
    std::vector<Value> elements;
    elements.reserve(value.as_array().size());
    for (const Value& element : value.as_array()) elements.push_back(json_sorted(element));
    return Value::array(std::move(elements));
  }
  std::vector<Field> fields;
  fields.reserve(value.as_object().size());
  for (const Field& field : value.as_object()) {
    fields.push_back({field.name, json_sorted(field.value)});
  }
  return json_object(std::move(fields));
}

}  // namespace octavo::sql
