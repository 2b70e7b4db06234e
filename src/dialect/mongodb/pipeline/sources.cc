// Stages that bring rows: $documents, and those that the commands know ($collStats, $changeStream,
// …).

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/search_not_enabled.h"
#include "dialect/mongodb/pipeline/source_options.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

constexpr std::uint16_t kSourceFlags =
    stage_flag::kFirst | stage_flag::kSource | stage_flag::kNotInFacet;

// --- $documents ---

Result<Value> check_rows(const Item& rows) {
  constexpr std::uint32_t kNoArray = 5858203;
  constexpr std::uint32_t kNoDocument = 5858201;
  if (!rows || !rows->is_array()) {
    return error(kNoArray, "an array is expected");
  }
  for (const Value& row : rows->as_array()) {
    if (row.is_object()) continue;
    return error(kNoDocument, "All elements of the $documents array must be objects, found {}",
                 print(row));
  }
  return *rows;
}

Result<Step> parse_documents(const Value& operand, StageContext& context) {
  TRY(ExprPtr expression, parse_expression(operand, context.variables));
  Step step;
  if (const Value* constant = constant_of(expression)) {
    TRY(const Value rows, check_rows(*constant));
    const auto elements = rows.as_array();
    const PlanPtr plan = algebra::make_plan(algebra::Values{{elements.begin(), elements.end()}});
    step.plan = [plan](PlanPtr /*none*/) -> Result<PlanPtr> { return plan; };
    return step;
  }
  const PlanPtr plan = rows_of(call(op::kGivenArray, {std::move(expression)}), context.variables);
  step.plan = [plan](PlanPtr /*none*/) -> Result<PlanPtr> { return plan; };
  return step;
}

// --- Those that commands know ---

Result<Step> read_other(OtherSource source, const Value& operand, const StageContext& context) {
  TRY_STATUS(check_source_options(source, operand, context.name));
  TRY(const PlanPtr plan, context.collections.read_other(source, context.name, operand));
  Step step;
  step.plan = [plan](PlanPtr /*none*/) -> Result<PlanPtr> { return plan; };
  return step;
}

Result<Step> refuse_search(const Value& /*operand*/, StageContext& /*context*/) {
  return search_not_enabled();
}

template <OtherSource kSource>
Result<Step> parse_other(const Value& operand, StageContext& context) {
  return read_other(kSource, operand, context);
}

Result<Step> parse_changes(const Value& operand, StageContext& context) {
  context.made->reads_changes = true;
  return read_other(OtherSource::changes, operand, context);
}

// Who reads the changes splits what comes out of the stages before it.
Result<Step> parse_split(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNotEmpty = 7182800;
  if (!operand.is_object() || !operand.as_object().empty()) {
    return error(kNotEmpty, "$changeStreamSplitLargeEvent spec should be an empty object");
  }
  if (context.place != PipelinePlace::change_stream && !context.made->reads_changes) {
    return error(ErrorCode::illegal_operation,
                 "$changeStreamSplitLargeEvent can only be used in a $changeStream pipeline");
  }
  Step step;
  step.plan = [](PlanPtr events) -> Result<PlanPtr> { return events; };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$documents",
     .flags = kSourceFlags | stage_flag::kNoCollection,
     .parse = parse_documents},
    {.name = "$collStats",
     .flags = kSourceFlags,
     .parse = parse_other<OtherSource::collection_statistics>},
    {.name = "$indexStats",
     .flags = kSourceFlags | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::index_statistics>},
    {.name = "$planCacheStats",
     .flags = kSourceFlags | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::plan_cache_statistics>},
    {.name = "$currentOp",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::current_operations>},
    {.name = "$listSessions",
     .flags = kSourceFlags | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::sessions>},
    {.name = "$listLocalSessions",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::local_sessions>},
    {.name = "$listSampledQueries",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::sampled_queries>},
    {.name = "$listClusterCatalog",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::cluster_catalog>},
    {.name = "$querySettings",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::query_settings>},
    {.name = "$queryStats",
     .flags = kSourceFlags | stage_flag::kNotInTransaction | stage_flag::kUnstable,
     .parse = parse_other<OtherSource::query_statistics>},
    {.name = "$search", .flags = kSourceFlags, .parse = refuse_search},
    {.name = "$searchMeta", .flags = kSourceFlags, .parse = refuse_search},
    {.name = "$vectorSearch", .flags = kSourceFlags, .parse = refuse_search},
    {.name = "$listSearchIndexes", .flags = kSourceFlags, .parse = refuse_search},
    {.name = "$changeStream",
     .flags = kSourceFlags | stage_flag::kNotInLookup | stage_flag::kNotInUnion |
              stage_flag::kNotInView | stage_flag::kNotInTransaction,
     .parse = parse_changes,
     .nested_code = 40573},
    {.name = "$changeStreamSplitLargeEvent",
     .flags = stage_flag::kLast | stage_flag::kNotInFacet | stage_flag::kNotInLookup |
              stage_flag::kNotInUnion | stage_flag::kNotInView | stage_flag::kNotInTransaction |
              stage_flag::kInChanges,
     .parse = parse_split},
};

Result<Item> given_array(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(Value rows, check_rows(arguments[0]));
  return Item(std::move(rows));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kGivenArray, .name = "given_array", .least = 1, .eager = given_array},
};

}  // namespace

std::unexpected<Error> search_not_enabled() {
  return error(ErrorCode::search_not_enabled,
               "Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage "
               "requires additional configuration. Please connect to Atlas or an AtlasCLI local "
               "deployment to enable.");
}

std::span<const StageRow> source_stages() { return kStages; }
std::span<const OperationRow> source_operations() { return kOperations; }

}  // namespace octavo::mongodb
