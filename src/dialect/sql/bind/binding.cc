#include "dialect/sql/bind/binding.h"

#include "algebra/children.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/error/error.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

// Beyond them MySQL has met its limit of tables in a join: that is what a client is told.
constexpr std::size_t kMaxBlocks = 4096;
constexpr std::size_t kMaxExpressionDepth = 62;  // of queries in expressions, as MySQL has it
// Each binds and runs the next one within itself: this is about the stack.
constexpr std::size_t kMaxTableDepth = 200;

}  // namespace

Status Binding::begin_block() {
  TRY_STATUS(context_.constants.check());
  if (++blocks_ <= kMaxBlocks) return {};
  return error<1116>(std::to_string(kMostJoinedTables));
}

algebra::VarId Binding::fresh_parameter() {
  const algebra::VarId made = fresh();
  parameters_.insert(made);
  return made;
}

namespace {

bool names_parameters_only(const algebra::ExprPtr& expression, const Binding& binding) {
  if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
    return binding.is_parameter(variable->id);
  }
  return !algebra::any_child(*expression, [&](const algebra::ExprPtr& part) {
    return !names_parameters_only(part, binding);
  });
}

}  // namespace

bool Binding::is_fixed(const algebra::ExprPtr& expression) const {
  return names_parameters_only(expression, *this) && function::is_deterministic(expression);
}

Status Binding::Nested::check() const {
  const bool is_table = within_ == Within::table;
  if (depth_ <= (is_table ? kMaxTableDepth : kMaxExpressionDepth)) return {};
  return error<1473>();
}

}  // namespace octavo::sql
