#include "function/lambda_facts.h"

#include <algorithm>

#include "algebra/children.h"
#include "function/family.h"

namespace octavo::function {

bool is_deterministic(const algebra::ExprPtr& expression, algebra::FamilyId family,
                      bool (*is_pure)(std::uint16_t number)) {
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    if (call->function.family != family) {
      const Family* other = find_family(call->function.family);
      return other != nullptr && other->is_deterministic(expression);
    }
    if (!is_pure(call->function.number)) return false;
  }
  if (const auto* subplan = std::get_if<algebra::Subplan>(&expression->node)) {
    if (!is_deterministic(subplan->plan)) return false;
  }
  return !algebra::any_child(*expression, [&](const algebra::ExprPtr& part) {
    return !is_deterministic(part, family, is_pure);
  });
}

std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda,
                                                    FindFields find) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  std::vector<std::string> fields;
  if (!find(node->body, node->params.front(), fields)) return std::nullopt;
  std::ranges::sort(fields);
  const auto repeats = std::ranges::unique(fields);
  fields.erase(repeats.begin(), repeats.end());
  return fields;
}

}  // namespace octavo::function
