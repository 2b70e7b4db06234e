// $unionWith.

#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Value;

constexpr std::string_view kStage = "$unionWith";

struct UnionSpec {
  std::string collection;
  std::vector<Value> pipeline;
};

Result<UnionSpec> read_spec(const Value& operand) {
  constexpr std::array<std::string_view, 2> kNames{"coll", "pipeline"};
  UnionSpec spec;
  if (operand.is_string()) {
    spec.collection = operand.as_string();
    return spec;
  }
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "the $unionWith stage specification must be an object or string, but found {}",
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  TRY(const Value* const collection, string_field(kStage, operand, "coll"));
  const Value* pipeline = operand.find("pipeline");
  if (pipeline != nullptr) {
    if (!pipeline->is_array()) return wrong_type(kStage, "pipeline", *pipeline, "array");
    spec.pipeline.assign(pipeline->as_array().begin(), pipeline->as_array().end());
  }
  if (collection == nullptr) {
    const bool brings_rows = !spec.pipeline.empty() && spec.pipeline.front().is_object() &&
                             spec.pipeline.front().find("$documents") != nullptr;
    if (!brings_rows) {
      return error(ErrorCode::failed_to_parse,
                   "$unionWith stage without explicit collection must have a pipeline with "
                   "$documents as first stage");
    }
    return spec;
  }
  spec.collection = collection->as_string();
  return spec;
}

Result<Step> parse_union(const Value& operand, StageContext& context) {
  TRY(const UnionSpec spec, read_spec(operand));
  CollectionName name;
  if (!spec.collection.empty() || spec.pipeline.empty()) {
    name = {context.name.database, spec.collection};
    TRY_STATUS(check_collection_name(name));
  }
  TRY(const PlanPtr plan, plan_nested({.stages = spec.pipeline,
                                       .name = name,
                                       .place = PipelinePlace::union_with,
                                       .variables = context.variables,
                                       .params = {}},
                                      context));
  Step step;
  step.plan = [plan](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Union{{std::move(input), plan}});
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = kStage, .flags = stage_flag::kNotInTransaction, .parse = parse_union}};

}  // namespace

std::span<const StageRow> union_stages() { return kStages; }

}  // namespace octavo::mongodb
