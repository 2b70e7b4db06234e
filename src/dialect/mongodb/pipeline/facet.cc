// $facet: several pipelines over the same rows.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

Status check_facet(const Field& facet) {
  constexpr std::uint32_t kNoArray = 40170;
  constexpr std::uint32_t kNoStage = 40171;
  constexpr std::uint32_t kDot = 16412;
  if (facet.name.find('.') != std::string::npos) {
    return error(kDot,
                 "FieldPath field names may not contain '.'. Consider using $getField or "
                 "$setField.");
  }
  if (facet.name.empty()) {
    constexpr std::uint32_t kEmpty = 15998;
    return error(kEmpty, "FieldPath field names may not be empty strings.");
  }
  TRY_STATUS(split_field_path(facet.name));
  if (!facet.value.is_array()) {
    return error(kNoArray, "arguments to $facet must be arrays, {} is type {}", facet.name,
                 type_alias(facet.value));
  }
  for (const Value& stage : facet.value.as_array()) {
    if (stage.is_object()) continue;
    return error(kNoStage,
                 "elements of arrays in $facet spec must be non-empty objects, {} argument "
                 "contained an element of type {}",
                 facet.name, type_alias(stage));
  }
  return {};
}

Result<Step> parse_facet(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 40169;
  if (!operand.is_object() || operand.as_object().empty()) {
    return error(kNoObject, "the $facet specification must be a non-empty object, but found {}",
                 type_alias(operand));
  }
  const algebra::VarId row = context.variables.fresh();
  std::vector<algebra::Option> fields;
  for (const Field& facet : operand.as_object()) {
    TRY_STATUS(check_facet(facet));
    const algebra::VarId all = context.variables.fresh();
    TRY(const PlanPtr plan, plan_nested({.stages = facet.value.as_array(),
                                         .name = context.name,
                                         .rows = rows_of(algebra::variable(all), context.variables),
                                         .place = PipelinePlace::facet,
                                         .variables = context.variables,
                                         .params = {all}},
                                        context));
    fields.push_back({facet.name, rows_of_plan(plan, {{all, collected(row)}}, context)});
  }
  Step step;
  step.plan = [variables = context.variables,
               document = row_lambda(row, algebra::make_object(std::move(fields)))](
                  PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Map{collect_rows(std::move(input), variables), document});
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$facet", .flags = stage_flag::kNotInFacet, .parse = parse_facet},
};

}  // namespace

std::span<const StageRow> facet_stages() { return kStages; }

}  // namespace octavo::mongodb
