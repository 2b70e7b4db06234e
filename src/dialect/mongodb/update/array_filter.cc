#include "dialect/mongodb/update/array_filter.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// The first name of all paths of a filter, those within $and and others included.
Status find_name(const Value& filter, std::string& name) {
  if (!is_document(filter)) return {};
  for (const value::Field& field : filter.as_object()) {
    if (field.name.starts_with('$')) {
      if (!field.value.is_array()) continue;
      for (const Value& branch : field.value.as_array()) TRY_STATUS(find_name(branch, name));
      continue;
    }
    const std::string first = field.name.substr(0, field.name.find('.'));
    if (!name.empty() && name != first) {
      return error(ErrorCode::failed_to_parse,
                   "Error parsing array filter :: caused by :: Expected a single top-level field "
                   "name, found '{}' and '{}'",
                   name, first);
    }
    name = first;
  }
  return {};
}

bool is_identifier(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto other = [&](char c) {
    return lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && lower(name.front()) && std::ranges::all_of(name, other);
}

}  // namespace

Result<ArrayFilters> parse_array_filters(std::span<const Value> filters,
                                         const Variables& variables) {
  ArrayFilters parsed;
  for (const Value& filter : filters) {
    std::string name;
    TRY_STATUS(find_name(filter, name));
    TRY(algebra::ExprPtr lambda,
        parse_filter(filter, {.variables = variables, .place = FilterPlace::array_filter}));
    if (name.empty()) {
      return error(ErrorCode::failed_to_parse,
                   "Cannot use an expression without a top-level field name in arrayFilters");
    }
    if (!is_identifier(name)) {
      return error(ErrorCode::bad_value,
                   "Error parsing array filter :: caused by :: The top-level field name must be an "
                   "alphanumeric string beginning with a lowercase letter, found '{}'",
                   name);
    }
    if (!parsed.emplace(name, std::move(lambda)).second) {
      return error(ErrorCode::failed_to_parse,
                   "Found multiple array filters with the same top-level field name {}", name);
    }
  }
  return parsed;
}

}  // namespace octavo::mongodb
