#include "protocol/mongodb/command/find_plan.h"

#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/scripts.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

Value stage(std::string_view name, Value operand) {
  return Value::object({{std::string(name), std::move(operand)}});
}

// The fields of a filter: those for stages, and those for a filter of their own, as $where may only
// stand in a query.
struct Conjuncts {
  std::vector<value::Field> plain;
  std::vector<value::Field> scripts;
};
Conjuncts conjuncts_of(const Value& filter) {
  Conjuncts parts;
  for (const value::Field& field : filter.as_object()) {
    const bool where = has_where(Value::object({field}));
    (where ? parts.scripts : parts.plain).push_back(field);
  }
  return parts;
}

}  // namespace

Result<algebra::PlanPtr> plan_documents(CommandCall& call, EngineCollections& collections,
                                        const RequestScope& scope, const DocumentsWanted& wanted) {
  std::vector<Value> stages;
  const auto has_fields = [](const Value* document) {
    return document != nullptr && document->is_object() && !document->as_object().empty();
  };
  const bool filtered = has_fields(wanted.filter);
  const Conjuncts parts = filtered ? conjuncts_of(*wanted.filter) : Conjuncts();
  if (!parts.plain.empty()) stages.push_back(stage("$match", Value::object(parts.plain)));
  collections.look_for_filter({.query = wanted.filter,
                               .sort = wanted.sort,
                               .projection = wanted.projection,
                               .collation = collation_of(scope.variables())});
  const bool natural = wanted.sort != nullptr && is_natural(*wanted.sort);
  // An order that asks for no sorting, and stands in place of an index.
  if (natural) {
    TRY_STATUS(check_hint(wanted.sort));
    collections.set_hint(*wanted.sort);
  }
  PipelineSource source{.name = {call.database(), call.collection()}, .rows = nullptr};
  const PipelineContext context{
      .collections = collections, .variables = scope.variables(), .is_query = true};
  if (!parts.scripts.empty()) {
    TRY(Pipeline plain, plan_pipeline(stages, source, context));
    TRY(ExprPtr filter,
        parse_filter(Value::object(parts.scripts), {.variables = scope.variables()}));
    source.rows = algebra::make_plan(
        algebra::Filter{.input = std::move(plain.plan), .predicate = std::move(filter)});
    stages.clear();
  }
  if (!natural && has_fields(wanted.sort)) stages.push_back(stage("$sort", *wanted.sort));
  if (wanted.skip > 0) stages.push_back(stage("$skip", Value::int64(wanted.skip)));
  if (wanted.limit && *wanted.limit > 0) {
    stages.push_back(stage("$limit", Value::int64(*wanted.limit)));
  }
  TRY(Pipeline planned, plan_pipeline(stages, source, context));
  // A view may have scripts in it.
  if (!call.context().may_wait && !function::is_deterministic(planned.plan)) {
    return fail(Code::would_block, "a script is not to run on this thread");
  }
  return std::move(planned.plan);
}

Result<algebra::ExprPtr> parse_query(CommandCall& call, const Value& filter,
                                     const Variables& variables) {
  Value index;
  if (asks_for_text(filter)) {
    const auto collection =
        find_collection(*call.engine().catalog(), call.database(), call.collection());
    if (collection) index = text_index_of(*collection->table);
  }
  return parse_filter(filter,
                      {.variables = variables, .text_index = index.is_object() ? &index : nullptr});
}

bool is_plain_id(const Value& id) {
  switch (id.type()) {
    case Type::object:
      return id.as_object().empty() || !id.as_object().front().name.starts_with('$');
    case Type::array:
    case Type::regex:
    case Type::null:
    case Type::undefined: return false;
    default: return true;
  }
}

const Value* sole_id(const Value& filter, std::string_view collation) {
  if (!filter.is_object() || filter.as_object().size() != 1) return nullptr;
  const value::Field& only = filter.as_object().front();
  if (only.name != kIdField || !is_plain_id(only.value)) return nullptr;
  return collation.empty() || !has_text(only.value) ? &only.value : nullptr;
}

}  // namespace octavo::mongodb
