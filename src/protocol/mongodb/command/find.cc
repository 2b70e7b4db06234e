#include <memory>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/metadata.h"
#include "dialect/mongodb/project/projection.h"
#include "function/family.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/find_shape.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/query_cursor.h"
#include "protocol/mongodb/command/shaped_cursor.h"
#include "protocol/mongodb/command/tail_cursor.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// `min`, `max`: null where it says nothing.
const Value* limit_of(CommandCall& call, std::string_view field) {
  const Value* const given = call.find(field);
  return given == nullptr || given->as_object().empty() ? nullptr : given;
}

bool is_forward(const Value& natural) {
  const Value& direction = natural.as_object().front().value;
  return direction.is_number() && direction.to_double() > 0;
}

Status check_tailable(CommandCall& call) {
  if (call.flag("singleBatch")) {
    return error(ErrorCode::failed_to_parse,
                 "Cannot use tailable option with the 'singleBatch' option");
  }
  const Value* const sort = call.find("sort");
  const bool sorts = sort != nullptr && !sort->as_object().empty();
  if (sorts && !(is_natural(*sort) && is_forward(*sort))) {
    return error(ErrorCode::bad_value,
                 "cannot use tailable option with a sort other than {{$natural: 1}}");
  }
  if (call.in_transaction()) {
    return error(ErrorCode::operation_not_supported_in_transaction,
                 "tailable cursors are not supported in transactions");
  }
  const auto state = call.engine().catalog();
  if (find_view(*state, call.database(), call.collection()) != nullptr) {
    return error(ErrorCode::invalid_pipeline_operator,
                 "Option tailable not supported in aggregation.");
  }
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection || is_capped(*collection->table)) return {};
  return error(ErrorCode::bad_value,
               "error processing query: ns={} tailable cursor requested on non capped collection",
               call.ns());
}

Status check_options(CommandCall& call) {
  if (call.flag("awaitData") && !call.flag("tailable")) {
    return error(ErrorCode::failed_to_parse,
                 "Cannot set 'awaitData' without also setting 'tailable'");
  }
  if (call.flag("tailable")) TRY_STATUS(check_tailable(call));
  for (const std::string_view field : {"min", "max"}) {
    if (limit_of(call, field) == nullptr || call.find("hint") != nullptr) continue;
    return error(51173, "When using min()/max() a hint of which index to use must be provided");
  }
  return {};
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

CursorTraits traits_of(CommandCall& call, const Limits& limits) {
  CursorTraits traits{.tailable = call.flag("tailable"),
                      .await_data = call.flag("awaitData"),
                      .no_timeout = call.flag("noCursorTimeout")};
  if (limits.limit) traits.limit = static_cast<std::uint64_t>(*limits.limit);
  return traits;
}

// A collection that is not there has no end that could be waited at.
Result<Reply> open_tail(CommandCall& call, const RequestScope& scope, const Value& filter,
                        const ExprPtr& projection, const Limits& limits, std::int64_t skip) {
  auto collection = find_collection(*call.engine().catalog(), call.database(), call.collection());
  if (!collection) return empty_cursor(call.ns());
  TailWanted wanted{.projection = projection, .skip = skip};
  TRY(wanted.matching, parse_filter(filter, {.variables = scope.variables()}));
  return open_cursor(call,
                     std::make_unique<TailCursor>(call, call.ns(), traits_of(call, limits),
                                                  *std::move(collection), std::move(wanted)),
                     limits.batch);
}

// Documents as they are, but for their order and number.
Result<algebra::PlanPtr> plan_find(CommandCall& call, EngineCollections& collections,
                                   exec::QueryContext& context, const RequestScope& scope,
                                   const Value& filter) {
  context.one_version = true;
  if (const Value* const hint = call.find("hint")) collections.set_hint(*hint);
  collections.set_limits(limit_of(call, "min"), limit_of(call, "max"));
  TRY(const auto skip, call.integer_from("skip", 0));
  TRY(const Limits limits, limits_of(call));
  return plan_documents(call, collections, scope,
                        {.filter = &filter,
                         .sort = call.find("sort"),
                         .skip = skip.value_or(0),
                         .limit = limits.limit,
                         .projection = call.find("projection")});
}

// What is given in place of documents, or with them; nothing: they are given as they are.
ShapedCursor::Shape shape_of(CommandCall& call, const EngineCollections& collections,
                             const ExprPtr& projection) {
  const bool shows_id = call.flag("showRecordId");
  std::optional<Value> pattern;
  if (collections.chosen()) pattern = collections.chosen()->key;
  const auto collection =
      find_collection(*call.engine().catalog(), call.database(), call.collection());
  const bool capped = collection && is_capped(*collection->table);
  return [shows_id, capped, pattern, projection, returns_key = call.flag("returnKey")](
             const Value& row, function::EvalContext& context) -> Result<Value> {
    Value document = capped ? without_natural_number(row) : row;
    if (returns_key) {
      document = index_key_of(document, pattern ? &*pattern : nullptr);
    } else if (projection != nullptr) {
      TRY(document, function::evaluate_lambda(projection, {&document, 1}, context));
    }
    if (!shows_id) return document;
    value::ObjectBuilder builder(document);
    builder.set("$recordId", record_id_of(row, capped));
    return std::move(builder).build();
  };
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
  if (call.flag("tailable")) {
    return open_tail(call, scope, filter, projection, limits, skip.value_or(0));
  }
  const Value* const hint = call.find("hint");
  const Value* const id = sole_id(filter, collation_of(scope.variables()));
  const bool is_shaped = call.flag("returnKey") || call.flag("showRecordId");
  if (id != nullptr && hint == nullptr && !is_shaped && skip.value_or(0) == 0 &&
      limits.batch.rows != 0) {
    const auto collection =
        find_collection(*call.engine().catalog(), call.database(), call.collection());
    if (collection) return find_by_id(call, *collection, *id, projection);
  }
  if (is_shaped) {
    auto cursor = std::make_unique<ShapedCursor>(call, call.ns(), traits_of(call, limits));
    EngineCollections collections(call, cursor->context());
    collections.show_numbers();
    TRY(const auto plan, plan_find(call, collections, cursor->context(), scope, filter));
    TRY_STATUS(cursor->start(call.engine(), plan, shape_of(call, collections, projection)));
    return open_cursor(call, std::move(cursor), limits.batch, limits.single_batch);
  }
  auto cursor = std::make_unique<QueryCursor>(call, call.ns(), traits_of(call, limits));
  EngineCollections collections(call, cursor->context());
  TRY(algebra::PlanPtr plan, plan_find(call, collections, cursor->context(), scope, filter));
  if (projection != nullptr) {
    plan = algebra::make_plan(algebra::Map{.input = std::move(plan), .function = projection});
  }
  cursor->original = call.body();
  cursor->source = collections.source();
  TRY_STATUS(cursor->start(call.engine(), plan));
  return open_cursor(call, std::move(cursor), limits.batch, limits.single_batch);
}

}  // namespace octavo::mongodb
