#include "dialect/sql/bind/row_plan.h"

#include <utility>

#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/replace.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// Whether a scan has an end on both sides which begins with equal parts, or exact keys.
bool is_by_equal_parts(const algebra::Plan& plan) {
  const auto* const scan = std::get_if<algebra::ScanBy>(&plan.node);
  if (scan == nullptr) return false;
  const auto begins_with_parts = [](const algebra::ScanBy::End& end) {
    if (end.value == nullptr) return false;
    const auto* const parts = std::get_if<algebra::MakeArray>(&end.value->node);
    return parts != nullptr && parts->elements.size() > 1;
  };
  return !scan->keys.empty() || begins_with_parts(scan->lower) || begins_with_parts(scan->upper);
}

}  // namespace

std::optional<RowPlan> plan_for_row(const Relation& table, std::span<const Typed> conditions,
                                    TableRows rows, TableSet joined, Binding& binding) {
  RowPlan made;
  // The largest parts that name nothing but the tables that are joined already.
  const auto as_parameter = [&](const ExprPtr& part) -> ExprPtr {
    const TableSet named = tables_named(part, rows);
    if (named == 0 || (named & ~joined) != 0) return nullptr;
    for (std::size_t i = 0; i < made.arguments.size(); ++i) {
      if (algebra::equal(made.arguments[i], part)) return algebra::variable(made.params[i]);
    }
    made.params.push_back(binding.fresh_parameter());
    made.arguments.push_back(part);
    return algebra::variable(made.params.back());
  };
  std::vector<Typed> own(conditions.begin(), conditions.end());
  for (Typed& condition : own)
    condition.expression = replace_parts(condition.expression, as_parameter);
  made.plan = restrict_scan(table.plan, own, table.scope, binding);
  if (!is_by_equal_parts(*made.plan)) return std::nullopt;
  for (const Typed& condition : own) {
    made.plan = algebra::make_plan(
        algebra::Filter{.input = std::move(made.plan),
                        .predicate = algebra::lambda({table.scope.row()}, condition.expression)});
  }
  return made;
}

}  // namespace octavo::sql
