// explain: how a command would be carried out, and with `executionStats` how it was. The plan is
// the one that runs; its words are MongoDB's.

#include "protocol/mongodb/command/explain.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "exec/profile.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/checks.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Field;
using value::Value;

constexpr FieldRow kFields[] = {
    {"explain", field::kObject, required},
    {"verbosity", field::kString},
};

enum class Verbosity : std::uint8_t { plan, execution, all_plans };
struct VerbosityWord {
  std::string_view word;
  Verbosity verbosity;
};
constexpr VerbosityWord kVerbosities[] = {{"queryPlanner", Verbosity::plan},
                                          {"executionStats", Verbosity::execution},
                                          {"allPlansExecution", Verbosity::all_plans}};

// Where a command that can be explained has what it reads by.
struct Explainable {
  std::string_view command;
  std::string_view filter = {};
  std::string_view statements = {};  // an array of them, of which the first one counts
  std::string_view sort = {};
  std::string_view projection = {};
  std::string_view top = {};  // the stage above all others
};
constexpr Explainable kExplainable[] = {
    {.command = "find", .filter = "filter", .sort = "sort", .projection = "projection"},
    {.command = "count", .filter = "query", .top = "COUNT"},
    {.command = "distinct", .filter = "query"},
    {.command = "findAndModify", .filter = "query", .sort = "sort", .top = "UPDATE"},
    {.command = "update", .filter = "q", .statements = "updates", .top = "UPDATE"},
    {.command = "delete", .filter = "q", .statements = "deletes", .top = "DELETE"},
    {.command = "aggregate"},
};

Value stage(std::string_view name, std::vector<Field> fields, std::optional<Value> input = {}) {
  std::vector<Field> all = {{"stage", Value::string(name)}};
  std::ranges::move(fields, std::back_inserter(all));
  if (input) all.push_back({"inputStage", *std::move(input)});
  return Value::object(std::move(all));
}

Value direction() { return Value::string("forward"); }

// `spec`: how the index is shown.
Value index_scan(const EngineCollections::Chosen& chosen, const Value& spec) {
  std::vector<Field> fields = {{"keyPattern", chosen.key},
                               {"indexName", Value::string(chosen.name)}};
  if (const Value* const collation = spec.find("collation")) {
    fields.push_back({"collation", *collation});
  }
  const auto add = [&](std::string_view name, bool is) {
    fields.push_back({std::string(name), Value::boolean(is)});
  };
  const auto is = [&](std::string_view option) { return spec.find(option) != nullptr; };
  add("isMultiKey", chosen.multikey);
  add("isUnique", is("unique") || chosen.by_primary_key);
  add("isSparse", is("sparse"));
  add("isPartial", is("partialFilterExpression"));
  fields.push_back({"indexVersion", Value::int32(2)});
  fields.push_back({"direction", direction()});
  return stage("IXSCAN", std::move(fields));
}

// What reads the documents.
Value access_stage(const EngineCollections& collections, bool exists, const Value& spec,
                   const Value& filter, bool by_id) {
  if (!exists) return stage("EOF", {});
  if (by_id) return stage("IDHACK", {});
  const auto& chosen = collections.chosen();
  std::vector<Field> of_filter;
  if (!filter.as_object().empty()) of_filter.push_back({"filter", filter});
  if (!chosen) {
    of_filter.push_back({"direction", direction()});
    return stage("COLLSCAN", std::move(of_filter));
  }
  if (chosen->by_distance) {
    const bool sphere = chosen->special == SpecialKind::sphere;
    of_filter.insert(of_filter.begin(), {{"keyPattern", chosen->key},
                                         {"indexName", Value::string(chosen->name)},
                                         {"indexVersion", Value::int32(2)}});
    return stage(sphere ? "GEO_NEAR_2DSPHERE" : "GEO_NEAR_2D", std::move(of_filter));
  }
  Value scan = index_scan(*chosen, spec);
  if (chosen->special != SpecialKind::text) {
    return stage("FETCH", std::move(of_filter), std::move(scan));
  }
  return stage("TEXT_MATCH",
               {{"indexPrefix", Value::object({})},
                {"indexName", Value::string(chosen->name)},
                {"parsedTextQuery", chosen->search},
                {"textIndexVersion", Value::int32(3)}},
               stage("FETCH", {}, std::move(scan)));
}

// What was asked, made a plan.
struct Planned {
  algebra::PlanPtr plan;
  Value winning;
  Value filter;
  std::vector<Value> further;  // stages of a pipeline that are not the access
  bool by_index = false;       // documents are found by keys, that of _id too
  bool is_filtered = false;    // there is a filter of its indexes
};

class Explainer {
 public:
  Explainer(CommandCall& inner, const Explainable& row)
      : inner_(inner), row_(row), collections_(inner, inner.context()) {}

  Result<Planned> plan() {
    inner_.context().one_version = true;
    TRY(const std::string collation, operation_collation(inner_, option("collation")));
    TRY(RequestScope scope, RequestScope::make(inner_, inner_.find("let"), collation));
    const bool exists =
        find_collection(*inner_.engine().catalog(), inner_.database(), inner_.collection())
            .has_value();
    if (const Value* const hint = option("hint")) collections_.set_hint(*hint);
    return row_.filter.empty() ? plan_pipeline_of(scope, exists) : plan_query(scope, exists);
  }

 private:
  const Value* option(std::string_view name) const {
    const Value* from = &inner_.body();
    if (!row_.statements.empty()) {
      const Value* const all = from->find(row_.statements);
      if (all == nullptr || !all->is_array() || all->as_array().empty()) return nullptr;
      from = &all->as_array().front();
    }
    const Value* const found = name.empty() ? nullptr : from->find(name);
    return found == nullptr || found->is_null() ? nullptr : found;
  }

  // The index that was chosen, in full.
  Value chosen_spec() const {
    const auto& chosen = collections_.chosen();
    const auto& source = collections_.source();
    const auto state = inner_.engine().catalog();
    const auto* const table = source ? state->find_table(source->table) : nullptr;
    if (!chosen || !chosen->index || table == nullptr) return Value::object({});
    for (const auto& index : table->indexes) {
      if (index.id == *chosen->index) return shown_index(*table, index);
    }
    return Value::object({});
  }

  std::int64_t number(std::string_view name) const {
    const Value* const given = option(name);
    return given != nullptr && given->is_number() ? std::abs(to_integer(*given)) : 0;
  }

  Result<Planned> plan_query(const RequestScope& scope, bool exists) {
    Planned planned;
    const Value* const filter = option(row_.filter);
    planned.filter = filter != nullptr && filter->is_object() ? *filter : Value::object({});
    const Value* const sort = option(row_.sort);
    const std::int64_t skip = row_.statements.empty() ? number("skip") : 0;
    const std::int64_t limit = row_.statements.empty() ? number("limit") : 0;
    TRY(planned.plan, plan_documents(inner_, collections_, scope,
                                     {.filter = &planned.filter,
                                      .sort = sort,
                                      .skip = skip,
                                      .limit = limit == 0 ? std::nullopt : std::optional(limit),
                                      .projection = option(row_.projection)}));
    const std::string_view collation = collation_of(scope.variables());
    const bool by_id =
        exists && sole_id(planned.filter, collation) != nullptr && option("hint") == nullptr;
    Value winning = access_stage(collections_, exists, chosen_spec(), planned.filter, by_id);
    const auto wrap = [&](std::string_view name, std::vector<Field> fields) {
      winning = stage(name, std::move(fields), std::move(winning));
    };
    const bool sorts = sort != nullptr && sort->is_object() && !sort->as_object().empty();
    if (exists && sorts &&
        std::holds_alternative<algebra::Sort>(below_limits(planned.plan)->node)) {
      wrap("SORT", {{"sortPattern", *sort}});
    }
    if (exists && skip != 0) wrap("SKIP", {{"skipAmount", Value::int64(skip)}});
    if (exists && limit != 0) wrap("LIMIT", {{"limitAmount", Value::int64(limit)}});
    const Value* const projection = option(row_.projection);
    if (exists && projection != nullptr && projection->is_object() &&
        !projection->as_object().empty()) {
      wrap("PROJECTION_DEFAULT", {{"transformBy", *projection}});
    }
    if (!row_.top.empty()) wrap(top(), {});
    planned.winning = std::move(winning);
    planned.by_index = by_id || collections_.chosen().has_value();
    planned.is_filtered = !by_id && collections_.is_filtered();
    return planned;
  }

  std::string_view top() const {
    constexpr std::string_view kDelete = "DELETE";
    return inner_.flag("remove") ? kDelete : row_.top;
  }

  static algebra::PlanPtr below_limits(algebra::PlanPtr plan) {
    while (const auto* limit = std::get_if<algebra::Limit>(&plan->node)) plan = limit->input;
    return plan;
  }

  Result<Planned> plan_pipeline_of(const RequestScope& scope, bool exists) {
    Planned planned;
    const PipelineContext context{.collections = collections_, .variables = scope.variables()};
    const PipelineSource source{.name = {inner_.database(), inner_.collection()}};
    const auto stages = inner_.elements("pipeline");
    collections_.look_for_filter(stages, collation_of(scope.variables()));
    TRY(Pipeline pipeline, plan_pipeline(stages, source, context));
    TRY_STATUS(require_output(inner_, pipeline.output));
    planned.plan = std::move(pipeline.plan);
    planned.filter = Value::object({});
    constexpr std::string_view kMatch = "$match";
    std::size_t behind = 0;
    if (!stages.empty() && stages.front().is_object() && !stages.front().as_object().empty() &&
        stages.front().as_object().front().name == kMatch) {
      planned.filter = stages.front().as_object().front().value;
      behind = 1;
    }
    planned.further.assign(stages.begin() + static_cast<std::ptrdiff_t>(behind), stages.end());
    planned.winning = access_stage(collections_, exists, chosen_spec(), planned.filter, false);
    planned.by_index = collections_.chosen().has_value();
    planned.is_filtered = collections_.is_filtered();
    return planned;
  }

  CommandCall& inner_;
  const Explainable& row_;
  EngineCollections collections_;
};

// By all scans of the plan.
std::int64_t rows_read(const algebra::Plan& plan, const exec::Profile& profile) {
  std::int64_t rows = 0;
  if (std::holds_alternative<algebra::Scan>(plan.node)) {
    const exec::NodeWork* const work = profile.find(plan);
    if (work != nullptr) rows += static_cast<std::int64_t>(work->rows + work->rows_within);
  }
  algebra::for_each_input(
      plan, [&](const algebra::PlanPtr& input) { rows += rows_read(*input, profile); });
  return rows;
}

// The stages with what those that read have read.
Value with_counts(const Value& stage, std::int64_t keys, std::int64_t documents) {
  value::ObjectBuilder builder(stage);
  const std::string_view name = stage.find("stage")->as_string();
  if (name == "IXSCAN") builder.set("keysExamined", Value::int64(keys));
  if (name == "IDHACK") builder.set("keysExamined", Value::int64(keys));
  if (name != "IXSCAN" && (stage.find("inputStage") == nullptr || name == "FETCH")) {
    builder.set("docsExamined", Value::int64(documents));
  }
  if (const Value* const input = stage.find("inputStage")) {
    builder.set("inputStage", with_counts(*input, keys, documents));
  }
  return std::move(builder).build();
}

// Reads everything, and tells what it took.
Result<Value> execution_statistics(CommandCall& call, const Planned& planned) {
  const std::int64_t began_ns = call.monotonic_ns();
  exec::Profile profile;
  call.context().profile = &profile;
  auto query = call.engine().query(planned.plan, call.context());
  call.context().profile = nullptr;
  if (!query) return std::unexpected(std::move(query).error());
  std::int64_t returned = 0;
  constexpr std::size_t kRowsAtOnce = 256;
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS((*query)->next(kRowsAtOnce, rows));
    returned += static_cast<std::int64_t>(rows.size());
  } while (!rows.empty());
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  const std::int64_t took_ms = (call.monotonic_ns() - began_ns) / kNanosPerMilli;
  query->reset();
  const std::int64_t documents = rows_read(*planned.plan, profile);
  const std::int64_t keys = planned.by_index ? documents : 0;
  value::ObjectBuilder stages(with_counts(planned.winning, keys, documents));
  stages.set("nReturned", Value::int64(returned));
  return Value::object({{"executionSuccess", Value::boolean(true)},
                        {"nReturned", Value::int64(returned)},
                        {"executionTimeMillis", Value::int64(took_ms)},
                        {"totalKeysExamined", Value::int64(keys)},
                        {"totalDocsExamined", Value::int64(documents)},
                        {"executionStages", std::move(stages).build()}});
}

Value query_planner(CommandCall& inner, const Planned& planned) {
  return Value::object({{"namespace", Value::string(inner.ns())},
                        {"indexFilterSet", Value::boolean(planned.is_filtered)},
                        {"parsedQuery", planned.filter},
                        {"winningPlan", planned.winning},
                        {"rejectedPlans", Value::array({})}});
}

Result<Reply> explain(CommandCall& inner, const Explainable& row, Verbosity verbosity) {
  TRY(const Planned planned, Explainer(inner, row).plan());
  std::vector<Field> body = {{"queryPlanner", query_planner(inner, planned)}};
  if (verbosity != Verbosity::plan) {
    TRY(Value statistics, execution_statistics(inner, planned));
    body.push_back({"executionStats", std::move(statistics)});
  }
  Reply reply;
  reply.add("explainVersion", Value::string("1"));
  if (planned.further.empty()) {
    for (Field& field : body) reply.add(field.name, std::move(field.value));
  } else {
    std::vector<Value> stages = {Value::object({{"$cursor", Value::object(std::move(body))}})};
    stages.insert(stages.end(), planned.further.begin(), planned.further.end());
    reply.add("stages", Value::array(std::move(stages)));
  }
  reply.add("command", inner.body());
  return reply;
}

Result<Reply> run_explain(CommandCall& call) {
  const Value& asked = *call.find("explain");
  if (asked.as_object().empty()) {
    return error(ErrorCode::command_not_found, "explain failed due to unknown command");
  }
  const std::string_view word = call.text("verbosity", "allPlansExecution");
  const auto* const verbosity = std::ranges::find(kVerbosities, word, &VerbosityWord::word);
  if (verbosity == std::end(kVerbosities)) {
    return error(ErrorCode::bad_value,
                 "verbosity string must be one of {{'queryPlanner', "
                 "'executionStats', 'allPlansExecution'}}");
  }
  const std::string& name = asked.as_object().front().name;
  const CommandRow* const command = find_command(name);
  if (command == nullptr) {
    return error(ErrorCode::command_not_found, "Explain failed due to unknown command: {}", name);
  }
  const auto* const row = std::ranges::find(kExplainable, command->name, &Explainable::command);
  if (row == std::end(kExplainable)) {
    return error(ErrorCode::illegal_operation, "Explain is not supported for command: {}", name);
  }
  CommandCall inner(*command, call.database(), asked, call.shared(), call.client(),
                    call.statement());
  TRY_STATUS(CallChecks(inner).check());
  return explain(inner, *row, verbosity->verbosity);
}

constexpr CommandRow kRows[] = {
    {.name = "explain",
     .target = Target::field,
     .flags = kReadConcern | kStableApi,
     .fields = kFields,
     .run = run_explain,
     .help = "how a command is carried out"},
};

}  // namespace

Result<Reply> explain_plan(CommandCall& call) {
  const auto* const row = std::ranges::find(kExplainable, call.name(), &Explainable::command);
  if (row == std::end(kExplainable)) {
    return error(ErrorCode::illegal_operation, "Explain is not supported for command: {}",
                 call.name());
  }
  return explain(call, *row, Verbosity::plan);
}

std::span<const CommandRow> explain_commands() { return kRows; }

}  // namespace octavo::mongodb
