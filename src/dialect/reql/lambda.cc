#include "dialect/reql/lambda.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "dialect/reql/context.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {

// Rows come by here one at a time: nothing below allocates but what the lambda itself does.
Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments,
                                     function::EvalContext& context) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr)
    return fail(Code::internal, "Expected a function in a plan but found another expression.");
  if (node->params.size() > arguments.size()) {
    return fail_logic(
        fmt::format("Expected function with {} argument{} but found function with {} argument{}.",
                    arguments.size(), arguments.size() == 1 ? "" : "s", node->params.size(),
                    node->params.size() == 1 ? "" : "s"));
  }
  Evaluation query(context);
  const Scope scope{.names = node->params,
                    .values = arguments.first(node->params.size()),
                    .outer = nullptr,
                    .captured = nullptr};
  Env env(query, &scope, nullptr);
  TRY(const Val val, evaluate(env, node->body));
  return to_datum(env, val);
}

bool lambda_is_deterministic(const algebra::ExprPtr& expression) {
  return is_deterministic(expression, Now::varies);
}

std::string_view term_name(std::uint16_t number) {
  // Names with the family in front, made once.
  static const std::map<std::uint16_t, std::string> names = [] {
    std::map<std::uint16_t, std::string> made;
    for (std::uint16_t n = 0; n < 1100; ++n) {
      if (const Term* term = find_term(n)) made.emplace(n, fmt::format("reql.{}", term->name));
    }
    return made;
  }();
  const auto found = names.find(number);
  return found == names.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace octavo::reql
