// $project, $addFields, $set, $unset, $replaceRoot, $replaceWith: a document of each document
// (project/projection.h).

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/project/projection.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kProject = "$project";
constexpr std::string_view kAddFields = "$addFields";
constexpr std::string_view kSet = "$set";
constexpr std::string_view kUnset = "$unset";
constexpr std::string_view kReplaceRoot = "$replaceRoot";
constexpr std::string_view kReplaceWith = "$replaceWith";

std::string first_name(std::string_view path) {
  return std::string(path.substr(0, path.find('.')));
}

Changes fields_of(const Value& document) {
  Changes changes{Changes::Kind::fields, {}};
  if (!document.is_object()) return {};
  for (const Field& field : document.as_object()) changes.names.push_back(first_name(field.name));
  return changes;
}

// What a projection leaves as it is; anything may change where that is not plain to see.
Changes projected(const Value& operand) {
  constexpr std::string_view kId = "_id";
  if (!operand.is_object()) return {};
  const auto is_switch = [](const Value& value) {
    return value.is_number() || value.type() == value::Type::boolean;
  };
  bool includes = false;
  bool excludes = false;
  for (const Field& field : operand.as_object()) {
    if (field.value.is_object()) return {};
    if (field.name == kId) continue;
    const bool is_kept = !is_switch(field.value) || is_truthy(field.value);
    includes = includes || is_kept;
    excludes = excludes || !is_kept;
  }
  if (includes && excludes) return {};
  if (excludes) return fields_of(operand);
  if (!includes) return {};
  Changes kept{Changes::Kind::others, {}};
  const Value* id = operand.find(kId);
  if (id == nullptr || (is_switch(*id) && is_truthy(*id))) kept.names.emplace_back(kId);
  for (const Field& field : operand.as_object()) {
    const bool whole = field.name != kId && field.name.find('.') == std::string::npos;
    if (whole && is_switch(field.value)) kept.names.push_back(field.name);
  }
  return kept;
}

Changes unset(const Value& operand) {
  Changes changes{Changes::Kind::fields, {}};
  if (operand.is_string()) changes.names.push_back(first_name(operand.as_string()));
  if (!operand.is_array()) return changes;
  for (const Value& path : operand.as_array()) {
    if (path.is_string()) changes.names.push_back(first_name(path.as_string()));
  }
  return changes;
}

Result<Step> parse_shape(std::string_view name, const Value& operand, const StageContext& context,
                         Changes changes) {
  TRY(algebra::ExprPtr function, find_shaping_stage(name)->parse(operand, context.variables));
  Step step;
  step.plan = map_rows(std::move(function));
  step.changes = std::move(changes);
  return step;
}

Result<Step> parse_project(const Value& operand, StageContext& context) {
  return parse_shape(kProject, operand, context, projected(operand));
}
Result<Step> parse_add_fields(const Value& operand, StageContext& context) {
  return parse_shape(kAddFields, operand, context, fields_of(operand));
}
Result<Step> parse_set(const Value& operand, StageContext& context) {
  return parse_shape(kSet, operand, context, fields_of(operand));
}
Result<Step> parse_unset(const Value& operand, StageContext& context) {
  return parse_shape(kUnset, operand, context, unset(operand));
}
Result<Step> parse_replace_root(const Value& operand, StageContext& context) {
  return parse_shape(kReplaceRoot, operand, context, {});
}
Result<Step> parse_replace_with(const Value& operand, StageContext& context) {
  return parse_shape(kReplaceWith, operand, context, {});
}

constexpr StageRow kStages[] = {
    {.name = kProject, .flags = stage_flag::kInChanges, .parse = parse_project},
    {.name = kAddFields, .flags = stage_flag::kInChanges, .parse = parse_add_fields},
    {.name = kSet, .flags = stage_flag::kInChanges, .parse = parse_set},
    {.name = kUnset, .flags = stage_flag::kInChanges, .parse = parse_unset},
    {.name = kReplaceRoot, .flags = stage_flag::kInChanges, .parse = parse_replace_root},
    {.name = kReplaceWith, .flags = stage_flag::kInChanges, .parse = parse_replace_with},
};

}  // namespace

std::span<const StageRow> shape_stages() { return kStages; }

}  // namespace octavo::mongodb
