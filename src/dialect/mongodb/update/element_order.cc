#include "dialect/mongodb/update/element_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {
namespace {

using value::Value;

std::unexpected<Error> invalid(std::string_view why) {
  return error(ErrorCode::bad_value, "The $sort {}", why);
}

// Whether a number says descending; nothing: it says neither.
std::optional<bool> is_descending(const Value& direction) {
  if (!direction.is_number()) return std::nullopt;
  const auto number = direction.to_int64();
  if (number == 1) return false;
  if (number == -1) return true;
  return std::nullopt;
}

// What lies at a path: an element of an array only where a name is its number. Null: nothing does.
Value key_at(const Value& element, value::ArrayView names) {
  const Value* at = &element;
  for (const Value& name : names) {
    if (at->is_array()) {
      const auto position = position_of(name.as_string());
      if (!position || *position >= at->as_array().size()) return Value();
      at = &at->as_array()[*position];
    } else {
      at = at->find(name.as_string());
      if (at == nullptr) return Value();
    }
  }
  return *at;
}

}  // namespace

Result<ElementOrder::Key> ElementOrder::key_of(const value::Field& field) {
  if (field.name.empty()) return invalid("field cannot be empty");
  const auto descending = is_descending(field.value);
  if (!descending) return invalid("element value must be either 1 or -1");
  Key key{.names = {}, .descending = *descending};
  std::string_view rest = field.name;
  for (;;) {
    const std::size_t dot = rest.find('.');
    if (dot == 0 || rest.empty()) {
      return error(ErrorCode::bad_value,
                   "The $sort field is a dotted field but has an empty part: {}", field.name);
    }
    key.names.push_back(Value::string(rest.substr(0, dot)));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return key;
}

Result<ElementOrder> ElementOrder::parse(const Value& spec, CollatedOrder collated) {
  ElementOrder order;
  order.collated_ = std::move(collated);
  if (spec.is_number()) {
    const auto descending = is_descending(spec);
    if (!descending) return invalid("element value must be either 1 or -1");
    order.keys_.push_back({.names = {}, .descending = *descending});
    return order;
  }
  if (!is_document(spec)) {
    return invalid(
        "is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields");
  }
  if (spec.as_object().empty()) return invalid("parameter is empty");
  for (const value::Field& field : spec.as_object()) {
    TRY(Key key, key_of(field));
    order.keys_.push_back(std::move(key));
  }
  return order;
}

std::vector<Value> ElementOrder::keys_of(const Value& element, const std::vector<Key>& keys) {
  std::vector<Value> values;
  values.reserve(keys.size());
  for (const Key& key : keys) {
    // A name leads nowhere in what is no document.
    const bool reachable = key.names.empty() || is_document(element);
    values.push_back(reachable ? key_at(element, key.names) : Value());
  }
  return values;
}

void ElementOrder::sort(std::vector<Value>& elements) const {
  std::vector<std::vector<Value>> keys;
  keys.reserve(elements.size());
  for (const Value& element : elements) keys.push_back(keys_of(element, keys_));
  std::vector<std::size_t> places(elements.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const auto order = collated_.compare(keys[a][i], keys[b][i]);
      if (order != 0) return keys_[i].descending ? order > 0 : order < 0;
    }
    return a < b;
  });
  std::vector<Value> sorted;
  sorted.reserve(elements.size());
  for (const std::size_t place : places) sorted.push_back(std::move(elements[place]));
  elements = std::move(sorted);
}

}  // namespace octavo::mongodb
