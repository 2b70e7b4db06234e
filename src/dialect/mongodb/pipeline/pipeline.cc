#include "dialect/mongodb/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/metadata.h"
#include "dialect/mongodb/pipeline/optimise.h"
#include "dialect/mongodb/pipeline/stage.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

constexpr std::size_t kMostStages = 1000;
constexpr std::uint32_t kMostDepth = 20;
constexpr const char* kReduction = "reduction";  // of a Group's rows

// --- The names of stages, before anything else is looked at ---

Result<const StageRow*> row_of_stage(const Value& stage) {
  constexpr std::uint32_t kOneField = 40323;
  constexpr std::uint32_t kUnknown = 40324;
  if (!stage.is_object()) {
    return error(ErrorCode::type_mismatch,
                 "Each element of the 'pipeline' array must be an object");
  }
  if (stage.as_object().size() != 1) {
    return error(kOneField,
                 "A pipeline stage specification object must contain exactly one field.");
  }
  const std::string& name = stage.as_object().front().name;
  const StageRow* row = find_stage(name);
  if (row == nullptr) return error(kUnknown, "Unrecognized pipeline stage name: '{}'", name);
  return row;
}

Result<std::vector<const StageRow*>> rows_of_stages(std::span<const Value> stages) {
  constexpr std::uint32_t kTooLong = 7749501;
  if (stages.size() > kMostStages) {
    return error(kTooLong, "Pipeline length must be no longer than {} stages", kMostStages);
  }
  std::vector<const StageRow*> rows;
  for (const Value& stage : stages) {
    TRY(const StageRow* row, row_of_stage(stage));
    rows.push_back(row);
  }
  return rows;
}

// --- Where stages may stand ---

Status check_view_stage(const StageRow& row) {
  if ((row.flags & stage_flag::kNotInView) == 0) return {};
  const auto code = static_cast<std::uint32_t>(ErrorCode::option_not_supported_on_view);
  return error(row.nested_code == 0 ? code : row.nested_code,
               "The aggregation stage {} in location is not allowed in a view definition",
               row.name);
}

Status check_place(const StageRow& row, const StageContext& context) {
  constexpr std::uint32_t kInFacet = 40600;
  constexpr std::uint32_t kInLookup = 51047;
  constexpr std::uint32_t kInUnion = 31441;
  const auto is = [&](stage_flag::Bit bit) { return (row.flags & bit) != 0; };
  const bool is_nested =
      context.place == PipelinePlace::lookup || context.place == PipelinePlace::union_with;
  if (is_nested && row.nested_code != 0) {
    return error(row.nested_code, "{} is not allowed within a sub-pipeline", row.name);
  }
  if (context.place == PipelinePlace::lookup && is(stage_flag::kNotInLookup)) {
    return error(kInLookup, "{} is not allowed within a $lookup's sub-pipeline", row.name);
  }
  if (context.place == PipelinePlace::union_with && is(stage_flag::kNotInUnion)) {
    return error(kInUnion, "{} is not allowed within a $unionWith's sub-pipeline", row.name);
  }
  if (context.in_facet && is(stage_flag::kNotInFacet)) {
    return error(kInFacet, "{} is not allowed to be used within a $facet stage", row.name);
  }
  if (context.place == PipelinePlace::view) TRY_STATUS(check_view_stage(row));
  if (context.api_strict && is(stage_flag::kUnstable)) {
    return error(ErrorCode::api_strict_error,
                 "stage {} is not allowed with 'apiStrict: true' in API Version 1", row.name);
  }
  if (context.in_transaction && is(stage_flag::kNotInTransaction)) {
    return error(ErrorCode::operation_not_supported_in_transaction,
                 "Operation not permitted in transaction :: caused by :: Aggregation stage {} "
                 "cannot run within a multi-document transaction",
                 row.name);
  }
  return {};
}

Status check_positions(std::span<const StageRow* const> rows, const StageContext& context) {
  constexpr std::uint32_t kNotLast = 40601;
  constexpr std::uint32_t kNotFirst = 40602;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StageRow& row = *rows[i];
    TRY_STATUS(check_place(row, context));
    if ((row.flags & stage_flag::kFirst) != 0 && i != 0) {
      return error(kNotFirst, "{} is only valid as the first stage in a pipeline", row.name);
    }
    if ((row.flags & stage_flag::kLast) != 0 && i + 1 != rows.size()) {
      return error(kNotLast, "{} can only be the final stage in the pipeline", row.name);
    }
    if ((row.flags & stage_flag::kNoCollection) != 0 && !context.name.collection.empty()) {
      return error(ErrorCode::invalid_namespace, "{} can only be run with {{aggregate: 1}}",
                   row.name);
    }
    const bool follows_changes = context.made->reads_changes && i != 0;
    if (follows_changes && (row.flags & stage_flag::kInChanges) == 0) {
      return error(ErrorCode::illegal_operation, "{} is not permitted in a $changeStream pipeline",
                   row.name);
    }
  }
  return {};
}

// --- What the stages stand over ---

Status need_collection(std::span<const Step> steps) {
  if (steps.empty()) {
    return error(ErrorCode::invalid_namespace,
                 "{{aggregate: 1}} is not valid for an empty pipeline.");
  }
  return error(ErrorCode::invalid_namespace,
               "{{aggregate: 1}} is not valid for '{}'; a collection is required.",
               steps.front().name);
}

// The rows of a collection for the first of the steps, and how many of those are done by that.
struct Beginning {
  PlanPtr plan;
  std::size_t done = 0;
};

bool has_metadata(const SortPattern& pattern) {
  return std::ranges::any_of(pattern, [](const SortField& field) { return field.meta != nullptr; });
}

Result<Beginning> read_collection(const CollectionName& name, std::span<Step> steps,
                                  const StageContext& context) {
  Wanted wanted;
  wanted.collation = collation_of(context.variables);
  std::size_t at = 0;
  if (at < steps.size()) wanted.near = steps[at].near;
  if (at < steps.size() && steps[at].filter != nullptr) wanted.filter = steps[at++].filter;
  if (at < steps.size() && steps[at].sort && !has_metadata(*steps[at].sort)) {
    wanted.sort = *steps[at].sort;
  }
  TRY(Documents documents, context.collections.read(name, wanted));
  Beginning beginning{std::move(documents.plan)};
  if (wanted.filter != nullptr) {
    if (!documents.filtered) {
      TRY(beginning.plan, steps[0].plan(std::move(beginning.plan)));
    }
    ++beginning.done;
  }
  if (!wanted.sort.empty() && documents.sorted) ++beginning.done;
  return beginning;
}

Result<PlanPtr> add_steps(PlanPtr plan, std::span<Step> steps) {
  for (Step& step : steps) {
    TRY(plan, step.plan(std::move(plan)));
  }
  return plan;
}

// What an index alone answers has to be the first of all. `has_rows`: the stages are over others
// than those of a collection.
Status check_first(std::span<const Step> steps, bool has_rows) {
  constexpr std::uint32_t kTextNotFirst = 17313;
  constexpr std::uint32_t kNearNotFirst = 40603;
  for (const Step& step : steps) {
    const bool first = &step == &steps.front() && !has_rows;
    if (first) continue;
    if (step.text_index) {
      return error(kTextNotFirst, "$match with $text is only allowed as the first pipeline stage");
    }
    if (step.near) {
      return error(kNearNotFirst, "{} was not the first stage in the pipeline.", step.name);
    }
  }
  return {};
}

Result<std::vector<Step>> optimised(std::vector<Step> steps, const Variables& variables) {
  TRY(steps, move_filters(std::move(steps), variables));
  return join_unwinds(std::move(steps));
}

Result<PlanPtr> plan_stages(std::span<const Value> stages, const CollectionName& name, PlanPtr rows,
                            StageContext& context) {
  if (context.depth > kMostDepth) {
    return error(ErrorCode::max_sub_pipeline_depth_exceeded,
                 "Maximum number of nested sub-pipelines exceeded. Limit is {}", kMostDepth);
  }
  TRY(std::vector<Step> steps, parse_stages(stages, context));
  TRY_STATUS(check_first(steps, rows != nullptr));
  const bool has_source = !steps.empty() && (steps.front().flags & stage_flag::kSource) != 0;
  if (has_source || rows != nullptr) {
    TRY(steps, optimised(std::move(steps), context.variables));
    return add_steps(std::move(rows), steps);
  }
  if (name.collection.empty()) return fail(need_collection(steps).error());
  TRY(const FoundCollection found, context.collections.find(name));
  if (found.is_view && found.collation != collation_of(context.variables)) {
    return error(ErrorCode::option_not_supported_on_view,
                 "Cannot override a view's default collation: {}.{}", name.database,
                 name.collection);
  }
  if (!found.view.empty()) {
    StageContext inner = context;
    inner.name = found.base;
    inner.place = PipelinePlace::view;
    inner.filter_place = FilterPlace::match_stage;
    TRY(std::vector<Step> all, parse_stages(found.view, inner));
    std::ranges::move(steps, std::back_inserter(all));
    steps = std::move(all);
    TRY_STATUS(check_first(steps, false));
  }
  TRY(steps, optimised(std::move(steps), context.variables));
  const bool view_has_source = !steps.empty() && (steps.front().flags & stage_flag::kSource) != 0;
  if (view_has_source) return add_steps(nullptr, steps);
  TRY(Beginning beginning, read_collection(found.base, steps, context));
  return add_steps(std::move(beginning.plan), std::span(steps).subspan(beginning.done));
}

}  // namespace

Result<std::vector<Step>> parse_stages(std::span<const Value> stages, StageContext& context) {
  TRY(const std::vector<const StageRow*> rows, rows_of_stages(stages));
  std::vector<Step> steps;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    TRY(Step step, rows[i]->parse(stages[i].as_object().front().value, context));
    step.flags = rows[i]->flags;
    step.name = rows[i]->name;
    // Scores and distances are computed of documents as they were found.
    if (step.changes.kind != Changes::Kind::fields &&
        (step.flags & stage_flag::kKeepsDocuments) == 0) {
      context.variables = without_metadata(context.variables);
    }
    steps.push_back(std::move(step));
  }
  TRY_STATUS(check_positions(rows, context));
  return steps;
}

Result<PlanPtr> plan_nested(const NestedPipeline& nested, const StageContext& context) {
  Pipeline made;  // of a nested one nothing but the plan is wanted
  StageContext inner{.collections = context.collections,
                     .variables = nested.variables,
                     .name = nested.name,
                     .place = nested.place,
                     .in_facet = context.in_facet || nested.place == PipelinePlace::facet,
                     .in_transaction = context.in_transaction,
                     .api_strict = context.api_strict,
                     .depth = context.depth + 1,
                     .outer = context.outer,
                     .made = &made};
  inner.outer.insert(inner.outer.end(), nested.params.begin(), nested.params.end());
  return plan_stages(nested.stages, nested.name, nested.rows, inner);
}

ExprPtr rows_of_plan(const PlanPtr& plan, std::vector<BoundVariable> bound,
                     const StageContext& context) {
  for (const algebra::VarId id : context.outer) bound.push_back({id, algebra::variable(id)});
  algebra::Subplan node{.family = kFamily, .plan = plan};
  for (BoundVariable& variable : bound) {
    // One that the plan does not name would have it run again for nothing.
    if (algebra::bind(plan, {{variable.id, Value()}}) == plan) continue;
    node.params.push_back(variable.id);
    node.args.push_back(std::move(variable.value));
  }
  return algebra::subplan(std::move(node));
}

Result<Pipeline> plan_pipeline(std::span<const Value> stages, const PipelineSource& source,
                               const PipelineContext& context) {
  Pipeline made;
  StageContext inner{
      .collections = context.collections,
      .variables = context.variables,
      .name = source.name,
      .place = context.place,
      .filter_place = context.is_query ? FilterPlace::query : FilterPlace::match_stage,
      .in_transaction = context.in_transaction,
      .api_strict = context.api_strict,
      .depth = context.depth,
      .outer = {},
      .made = &made};
  TRY(made.plan, plan_stages(stages, source.name, source.rows, inner));
  return made;
}

Status check_view_pipeline(std::span<const Value> stages) {
  TRY(const std::vector<const StageRow*> rows, rows_of_stages(stages));
  for (const StageRow* row : rows) TRY_STATUS(check_view_stage(*row));
  return {};
}

StageRowVariable row_of(const StageContext& context) {
  const algebra::VarId row = context.variables.fresh();
  return {row, context.variables.with_row(row)};
}

std::function<Result<PlanPtr>(PlanPtr)> map_rows(ExprPtr function) {
  return [function = std::move(function)](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Map{std::move(input), function});
  };
}

PlanPtr collect_rows(PlanPtr input, const Variables& variables) {
  const algebra::VarId row = variables.fresh();
  algebra::Aggregate all;
  all.kind = algebra::AggregateKind::function;
  all.function = function_id(AggregateNumber::collect);
  all.argument = row_lambda(row, algebra::variable(row));
  return algebra::make_plan(
      algebra::Group{.input = std::move(input), .keys = {}, .aggregates = {std::move(all)}});
}

ExprPtr collected(algebra::VarId row) {
  return path_call(algebra::variable(row), std::vector<std::string>{kReduction});
}

PlanPtr rows_of(ExprPtr array, const Variables& variables) {
  const algebra::VarId nothing = variables.fresh();
  return algebra::make_plan(algebra::Unwind{.input = algebra::make_plan(algebra::Values{{Value()}}),
                                            .function = row_lambda(nothing, std::move(array))});
}

}  // namespace octavo::mongodb
