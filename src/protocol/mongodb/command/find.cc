#include <memory>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/metadata.h"
#include "dialect/mongodb/project/projection.h"
#include "function/family.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/query_cursor.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// `min`, `max`: null where it says nothing.
const Value* limit_of(CommandCall& call, std::string_view field) {
  const Value* const given = call.find(field);
  return given == nullptr || given->as_object().empty() ? nullptr : given;
}

Status check_options(CommandCall& call) {
  if (call.flag("awaitData") && !call.flag("tailable")) {
    return error(ErrorCode::failed_to_parse,
                 "Cannot set 'awaitData' without also setting 'tailable'");
  }
  if (call.flag("tailable")) {
    return error(ErrorCode::bad_value,
                 "error processing query: tailable cursor requested on non capped collection");
  }
  for (const std::string_view field : {"returnKey", "showRecordId"}) {
    if (!call.flag(field)) continue;
    return error(ErrorCode::command_not_supported, "find with {} is not supported", field);
  }
  for (const std::string_view field : {"min", "max"}) {
    if (limit_of(call, field) == nullptr || call.find("hint") != nullptr) continue;
    return error(51173, "When using min()/max() a hint of which index to use must be provided");
  }
  return refuse_collation(call, call.find("collation"));
}

// A null pointer: documents are given as they are.
Result<ExprPtr> projection_of(CommandCall& call, const RequestScope& scope, const Value& filter) {
  const Value* const spec = call.find("projection");
  if (spec == nullptr || spec->as_object().empty()) return ExprPtr();
  TRY(const ExprPtr matching, parse_query(call, filter, scope.variables()));
  return parse_projection(*spec, matching,
                          {.variables = with_metadata(scope.variables(), matching)});
}

Result<Value> projected(CommandCall& call, const ExprPtr& projection, Value document) {
  if (projection == nullptr) return document;
  return function::evaluate_lambda(projection, {&document, 1}, call.context().evaluation);
}

// {_id: …} of a collection: read by its key, without a plan.
Result<Reply> find_by_id(CommandCall& call, const Collection& collection, const Value& id,
                         const ExprPtr& projection) {
  TRY(auto row, call.engine().get(collection.id(), id, call.context()));
  std::vector<Value> batch;
  if (row) {
    TRY(Value document, projected(call, projection, collection.shown(*row)));
    batch.push_back(std::move(document));
  }
  Reply reply;
  reply.add("cursor", Value::object({{"firstBatch", Value::array(std::move(batch))},
                                     {"id", Value::int64(0)},
                                     {"ns", Value::string(call.ns())}}));
  return reply;
}

struct Limits {
  BatchLimits batch;
  std::optional<std::int64_t> limit;
  bool single_batch = false;
};

Result<Limits> limits_of(CommandCall& call) {
  Limits limits;
  TRY(const auto batch_size, call.integer_from("batchSize", 0));
  TRY(limits.limit, call.integer_from("limit", 0));
  if (limits.limit == 0) limits.limit.reset();
  if (batch_size) limits.batch.rows = static_cast<std::size_t>(*batch_size);
  limits.single_batch = call.flag("singleBatch");
  return limits;
}

}  // namespace

Result<Reply> run_find(CommandCall& call) {
  if (const Value* const filter = call.find("filter"); filter != nullptr && !filter->is_object()) {
    return wrong_type("find.filter", *filter, field::kObject);
  }
  TRY_STATUS(check_options(call));
  TRY(const Limits limits, limits_of(call));
  TRY(const auto skip, call.integer_from("skip", 0));
  TRY(RequestScope scope, RequestScope::make(call));
  const Value filter = call.document("filter");
  TRY(const ExprPtr projection, projection_of(call, scope, filter));
  const Value* const hint = call.find("hint");
  const Value* const id = sole_id(filter);
  if (id != nullptr && hint == nullptr && skip.value_or(0) == 0 && limits.batch.rows != 0) {
    const auto collection =
        find_collection(*call.engine().catalog(), call.database(), call.collection());
    if (collection) return find_by_id(call, *collection, *id, projection);
  }
  auto cursor = std::make_unique<QueryCursor>(
      call, call.ns(),
      CursorTraits{.no_timeout = call.flag("noCursorTimeout"),
                   .limit = limits.limit ? std::optional(static_cast<std::uint64_t>(*limits.limit))
                                         : std::nullopt});
  cursor->context().one_version = true;
  EngineCollections collections(call, cursor->context());
  if (hint != nullptr) collections.set_hint(*hint);
  collections.set_limits(limit_of(call, "min"), limit_of(call, "max"));
  TRY(algebra::PlanPtr plan, plan_documents(call, collections, scope,
                                            {.filter = &filter,
                                             .sort = call.find("sort"),
                                             .skip = skip.value_or(0),
                                             .limit = limits.limit}));
  if (projection != nullptr) {
    plan = algebra::make_plan(algebra::Map{.input = std::move(plan), .function = projection});
  }
  cursor->original = call.body();
  TRY_STATUS(cursor->start(call.engine(), plan));
  return open_cursor(call, std::move(cursor), limits.batch, limits.single_batch);
}

}  // namespace octavo::mongodb
