#include "protocol/mongodb/command/find_plan.h"

#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

Value stage(std::string_view name, Value operand) {
  return Value::object({{std::string(name), std::move(operand)}});
}

}  // namespace

Result<algebra::PlanPtr> plan_documents(CommandCall& call, EngineCollections& collections,
                                        const RequestScope& scope, const DocumentsWanted& wanted) {
  std::vector<Value> stages;
  const auto has_fields = [](const Value* document) {
    return document != nullptr && document->is_object() && !document->as_object().empty();
  };
  if (has_fields(wanted.filter)) stages.push_back(stage("$match", *wanted.filter));
  if (has_fields(wanted.sort)) stages.push_back(stage("$sort", *wanted.sort));
  if (wanted.skip > 0) stages.push_back(stage("$skip", Value::int64(wanted.skip)));
  if (wanted.limit && *wanted.limit > 0) {
    stages.push_back(stage("$limit", Value::int64(*wanted.limit)));
  }
  const PipelineContext context{
      .collections = collections, .variables = scope.variables(), .is_query = true};
  const PipelineSource source{.name = {call.database(), call.collection()}};
  TRY(Pipeline planned, plan_pipeline(stages, source, context));
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

const Value* sole_id(const Value& filter) {
  if (!filter.is_object() || filter.as_object().size() != 1) return nullptr;
  const value::Field& only = filter.as_object().front();
  return only.name == kIdField && is_plain_id(only.value) ? &only.value : nullptr;
}

Status refuse_collation(CommandCall& call, const Value* collation) {
  if (collation == nullptr || collation->as_object().empty()) return {};
  TRY_STATUS(check_collation("collation", *collation));
  static constexpr std::string_view kSimple = "simple";
  if (collation->find("locale")->as_string() == kSimple) return {};
  return error(ErrorCode::command_not_supported, "{} with a collation is not supported",
               call.name());
}

}  // namespace octavo::mongodb
