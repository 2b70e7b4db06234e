#include "protocol/mongodb/command/partial_filter.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kExists = "$exists";
constexpr std::string_view kOperators[] = {"$eq", "$gt",   "$gte",       "$lt",           "$lte",
                                           "$in", "$type", "$geoWithin", "$geoIntersects"};
constexpr std::string_view kBranches[] = {"$and", "$or"};
constexpr std::string_view kComment = "$comment";

std::unexpected<Error> refused(const Field& field) {
  return error(ErrorCode::cannot_create_index, "Expression not supported in partial index: {}",
               print(Value::object({field})));
}

bool is_operators(const Value& condition) {
  return condition.is_object() && !condition.as_object().empty() &&
         condition.as_object().front().name.starts_with('$');
}

Status check_condition(const Field& field) {
  if (field.value.type() == value::Type::regex) return refused(field);
  if (!is_operators(field.value)) return {};
  for (const Field& use : field.value.as_object()) {
    const bool known = std::ranges::find(kOperators, use.name) != std::end(kOperators);
    const bool there = use.name == kExists && is_truthy(use.value);
    const bool has_pattern =
        use.value.is_array() && std::ranges::any_of(use.value.as_array(), [](const Value& element) {
          return element.type() == value::Type::regex;
        });
    if ((!known && !there) || has_pattern) return refused(field);
  }
  return {};
}

}  // namespace

Status check_partial_filter(const Value& filter) {
  for (const Field& field : filter.as_object()) {
    if (field.name == kComment) continue;
    if (!field.name.starts_with('$')) {
      TRY_STATUS(check_condition(field));
      continue;
    }
    if (std::ranges::find(kBranches, field.name) == std::end(kBranches)) return refused(field);
    for (const Value& branch : field.value.as_array()) TRY_STATUS(check_partial_filter(branch));
  }
  return {};
}

}  // namespace octavo::mongodb
