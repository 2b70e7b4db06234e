#include "protocol/mongodb/command/request_scope.h"

#include <memory>
#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

constexpr std::int64_t kNanosecondsOfMilli = 1'000'000;

Result<Variables> with_let(Variables variables, const value::Value& let,
                           function::EvalContext& context) {
  for (const value::Field& field : let.as_object()) {
    TRY_STATUS(check_variable_name(field.name));
    // One cannot name another.
    TRY(const auto expression, parse_expression(field.value, variables));
    TRY(Item item, evaluate_constant(expression, context));
    if (!item) continue;
    variables = variables.with(field.name, algebra::constant(*std::move(item)));
  }
  return variables;
}

}  // namespace

Result<RequestScope> RequestScope::make(CommandCall& call) {
  TRY(const std::string collation, operation_collation(call, call.find("collation")));
  return make(call, call.find("let"), collation);
}

Result<RequestScope> RequestScope::make(CommandCall& call, const value::Value* let,
                                        std::string_view collation) {
  auto ids = std::make_unique<VariableIds>();
  function::EvalContext& context = call.context().evaluation;
  RequestFacts facts;
  facts.now = date_of_millis(context.now_ns / kNanosecondsOfMilli);
  if (call.shared().is_replica_set()) facts.cluster_time = call.shared().clock.now().to_value();
  Variables variables(*ids, facts);
  if (!collation.empty()) variables = with_collation(variables, collation);
  if (let != nullptr) {
    TRY(variables, with_let(std::move(variables), *let, context));
  }
  return RequestScope(std::move(ids), std::move(variables));
}

}  // namespace octavo::mongodb
