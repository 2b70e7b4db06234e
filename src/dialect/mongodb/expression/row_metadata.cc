#include "dialect/mongodb/expression/row_metadata.h"

#include <utility>
#include <vector>

namespace octavo::mongodb {

using algebra::ExprPtr;

ExprPtr on_row(const ExprPtr& meaning, const ExprPtr& row) {
  const auto* call = std::get_if<algebra::Call>(&meaning->node);
  if (call == nullptr || call->args.empty() || row == nullptr) return meaning;
  std::vector<ExprPtr> args = call->args;
  args.front() = row;
  return algebra::call(call->function, std::move(args), call->options);
}

}  // namespace octavo::mongodb
