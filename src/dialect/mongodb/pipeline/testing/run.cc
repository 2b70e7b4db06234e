#include "dialect/mongodb/pipeline/testing/run.h"

#include <memory>

#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/type/type.h"
#include "exec/statement_reads.h"
#include "exec/testing/run.h"

namespace octavo::mongodb::testing {
namespace {

using algebra::PlanPtr;
using value::Value;

constexpr std::int64_t kNowMillis = 1'700'000'000'123;

RequestFacts facts() {
  return {.now = date_of_millis(kNowMillis),
          .cluster_time = Value::log_stamp(1'700'000'000, 1),
          .user_roles = Value::array({})};
}

}  // namespace

Result<FoundCollection> MemoryCollections::find(const CollectionName& name) {
  const auto view = memory_.views.find(name.collection);
  if (view != memory_.views.end()) return view->second;
  return FoundCollection{.base = name, .view = {}};
}

Result<Documents> MemoryCollections::read(const CollectionName& collection, const Wanted& wanted) {
  wanted_.push_back(wanted);
  const auto found = memory_.collections.find(collection.collection);
  algebra::Values rows;
  if (found != memory_.collections.end()) rows.rows = found->second;
  return Documents{.plan = algebra::make_plan(std::move(rows))};
}

Result<PlanPtr> MemoryCollections::read_by(const CollectionName& collection,
                                           std::span<const std::string> path,
                                           const algebra::ExprPtr& keys) {
  if (!memory_.has_indexes) return PlanPtr();
  TRY(Documents all, read(collection, {}));
  const algebra::VarId row = variables_.fresh();
  return algebra::make_plan(algebra::Filter{
      std::move(all.plan),
      row_lambda(row, call(op::kHasKey,
                           {algebra::variable(row), algebra::constant(names_of(path)), keys}))});
}

Result<PlanPtr> MemoryCollections::read_other(OtherSource /*source*/,
                                              const CollectionName& /*collection*/,
                                              const Value& /*spec*/) {
  return algebra::make_plan(algebra::Values{});
}

Result<Planned> plan_only(const Memory& memory, const std::string& collection,
                          std::span<const Value> stages, PipelinePlace place, bool in_transaction) {
  VariableIds ids;
  const Variables variables(ids, facts());
  MemoryCollections collections(memory, variables);
  TRY(Pipeline pipeline, plan_pipeline(stages, {.name = {kDatabase, collection}},
                                       {.collections = collections,
                                        .variables = variables,
                                        .place = place,
                                        .in_transaction = in_transaction}));
  return Planned{std::move(pipeline), collections.wanted()};
}

Result<std::vector<Value>> run_pipeline(const Memory& memory, const std::string& collection,
                                        std::span<const Value> stages) {
  TRY(const Planned planned, plan_only(memory, collection, stages));
  exec::QueryContext query;
  exec::StatementReads reads(std::make_unique<exec::testing_support::NoSource>(), query,
                             [](const PlanPtr&) { return Status(); });
  query.evaluation.subplans = &reads;
  return exec::testing_support::run(planned.pipeline.plan, query);
}

}  // namespace octavo::mongodb::testing
