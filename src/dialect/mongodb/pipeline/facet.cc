// $facet: several pipelines over the same rows.

#include "algebra/children.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/type.h"
#include "function/family.h"

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

// Whether the rows of a plan are the same each time, and are had again for no more than they cost
// when they are kept.
bool may_be_read_again(const algebra::Plan& plan) {
  const bool simple = std::holds_alternative<algebra::Scan>(plan.node) ||
                      std::holds_alternative<algebra::Filter>(plan.node) ||
                      std::holds_alternative<algebra::Limit>(plan.node);
  if (!simple) return false;
  bool all = true;
  algebra::for_each_input(plan,
                          [&](const PlanPtr& input) { all = all && may_be_read_again(*input); });
  return all;
}

PlanPtr replaced(const PlanPtr& plan, const PlanPtr& from, const PlanPtr& to) {
  if (plan == from) return to;
  return algebra::map_inputs(*plan,
                             [&](const PlanPtr& input) { return replaced(input, from, to); });
}

// A pipeline of the stage, over `rows`: the elements of the array `all`.
struct FacetPlan {
  std::string name;
  algebra::VarId all;
  PlanPtr rows = nullptr;
  PlanPtr plan = nullptr;
};

struct FacetPlans {
  algebra::VarId row;
  StageContext context;
  std::vector<FacetPlan> facets;

  // Each reads the input for itself, with what it needs of it. Null: one of them names the array.
  PlanPtr over(const PlanPtr& input) const {
    std::vector<algebra::Option> fields;
    for (const FacetPlan& facet : facets) {
      const PlanPtr plan = replaced(facet.plan, facet.rows, input);
      if (algebra::bind(plan, {{facet.all, Value()}}) != plan) return nullptr;
      fields.push_back({facet.name, rows_of_plan(plan, {}, context)});
    }
    PlanPtr one = algebra::make_plan(algebra::Values{.rows = {Value::object({})}});
    return document(std::move(one), std::move(fields));
  }
  PlanPtr over_collected(PlanPtr input) const {
    std::vector<algebra::Option> fields;
    for (const FacetPlan& facet : facets) {
      fields.push_back(
          {facet.name, rows_of_plan(facet.plan, {{facet.all, collected(row)}}, context)});
    }
    return document(collect_rows(std::move(input), context.variables), std::move(fields));
  }

 private:
  PlanPtr document(PlanPtr rows, std::vector<algebra::Option> fields) const {
    return algebra::make_plan(
        algebra::Map{std::move(rows), row_lambda(row, algebra::make_object(std::move(fields)))});
  }
};

Result<Step> parse_facet(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 40169;
  if (!operand.is_object() || operand.as_object().empty()) {
    return error(kNoObject, "the $facet specification must be a non-empty object, but found {}",
                 type_alias(operand));
  }
  FacetPlans plans{.row = context.variables.fresh(), .context = context, .facets = {}};
  for (const Field& facet : operand.as_object()) {
    TRY_STATUS(check_facet(facet));
    FacetPlan planned{.name = facet.name, .all = context.variables.fresh()};
    planned.rows = rows_of(algebra::variable(planned.all), context.variables);
    TRY(planned.plan, plan_nested({.stages = facet.value.as_array(),
                                   .name = context.name,
                                   .rows = planned.rows,
                                   .place = PipelinePlace::facet,
                                   .variables = context.variables,
                                   .params = {planned.all}},
                                  context));
    plans.facets.push_back(std::move(planned));
  }
  Step step;
  step.plan = [plans = std::move(plans)](PlanPtr input) -> Result<PlanPtr> {
    if (may_be_read_again(*input) && function::is_deterministic(input)) {
      if (PlanPtr plan = plans.over(input)) return plan;
    }
    return plans.over_collected(std::move(input));
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$facet", .flags = stage_flag::kNotInFacet, .parse = parse_facet},
};

}  // namespace

std::span<const StageRow> facet_stages() { return kStages; }

}  // namespace octavo::mongodb
