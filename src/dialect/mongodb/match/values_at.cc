#include "dialect/mongodb/match/values_at.h"

#include <charconv>
#include <cstddef>
#include <optional>

namespace octavo::mongodb {
namespace {

using value::Value;

std::optional<std::size_t> place_of(std::string_view name) {
  std::size_t place = 0;
  const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), place);
  if (wrong != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return place;
}

void walk(const Value& from, std::string_view path, bool ended,
          const std::function<void(const Value&)>& take) {
  if (ended) {
    if (!from.is_array()) return take(from);
    for (const Value& element : from.as_array()) take(element);
    return;
  }
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  const bool last = dot == path.npos;
  const std::string_view rest = last ? std::string_view() : path.substr(dot + 1);
  if (from.is_object()) {
    const Value* const field = from.find(name);
    if (field != nullptr) walk(*field, rest, last, take);
    return;
  }
  if (!from.is_array()) return;
  const auto place = place_of(name);
  if (place && *place < from.as_array().size()) walk(from.as_array()[*place], rest, last, take);
  for (const Value& element : from.as_array()) {
    // An array within the array is not entered.
    if (element.is_object()) walk(element, path, false, take);
  }
}

}  // namespace

void each_value_at(const Value& document, std::string_view path,
                   const std::function<void(const Value&)>& take) {
  walk(document, path, false, take);
}

}  // namespace octavo::mongodb
