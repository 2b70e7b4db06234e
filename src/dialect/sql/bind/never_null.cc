#include "dialect/sql/bind/never_null.h"

#include "algebra/children.h"
#include "dialect/sql/bind/column_origin.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// Whether parts of rows may be nulls for those that have no match.
bool keeps_unmatched(const algebra::Plan& plan) {
  const auto* const join = std::get_if<algebra::Join>(&plan.node);
  const auto* const lookup = std::get_if<algebra::LookupJoin>(&plan.node);
  const auto* const apply = std::get_if<algebra::Apply>(&plan.node);
  bool found = (join != nullptr && join->kind == algebra::JoinKind::left) ||
               (lookup != nullptr && lookup->keep_unmatched) ||
               (apply != nullptr && apply->keep_unmatched);
  algebra::for_each_input(
      plan, [&](const algebra::PlanPtr& input) { found = found || keeps_unmatched(*input); });
  return found;
}

// Texts are compared by another value, which is null where they are.
const ExprPtr& compared_value(const ExprPtr& key) {
  const auto* const call = std::get_if<algebra::Call>(&key->node);
  const bool is_text =
      call != nullptr && call->function == algebra::FunctionId{kFamily, op::kCollationKey};
  return is_text ? call->args.front() : key;
}

}  // namespace

bool is_never_null(const algebra::Plan& plan, const ExprPtr& function, const Binding& binding) {
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (lambda == nullptr || lambda->params.size() != 1 || keeps_unmatched(plan)) return false;
  const auto column = origin_of(plan, lambda->params.front(), compared_value(lambda->body));
  const catalog::TableDefinition* const table =
      column ? binding.context().definitions.find_table(column->table) : nullptr;
  const catalog::ColumnDefinition* const declared =
      table == nullptr ? nullptr : table->find_column(column->name);
  return declared != nullptr && !declared->nullable;
}

}  // namespace octavo::sql
