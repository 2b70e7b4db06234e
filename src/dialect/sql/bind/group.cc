#include "dialect/sql/bind/group.h"

#include <string>
#include <utility>

#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

std::string shown(const Scope& scope, const ScopeColumn& column) {
  const ScopeTable& table = scope.tables()[column.table];
  std::string text;
  if (!table.database.empty()) text.append(table.database).append(".");
  return text.append(table.alias).append(".").append(column.name);
}

// Where a result is among so many of its sort in a part of a group's row: alone it is all of it.
ExprPtr part_of_row(algebra::VarId row, std::string_view part, std::size_t place,
                    std::size_t count) {
  const Typed all = bind_field(algebra::variable(row), part, any_type());
  return count == 1 ? all.expression : bind_element(all.expression, place, any_type()).expression;
}

}  // namespace

Groups::Groups(Binding& binding, const Scope& scope, const Dependence& dependence,
               Aggregates& aggregates, std::vector<Typed> keys)
    : binding_(binding),
      scope_(scope),
      dependence_(dependence),
      aggregates_(aggregates),
      row_(binding.fresh()) {
  for (Typed& key : keys) keys_.push_back({std::move(key), binding.fresh()});
}

Result<ExprPtr> Groups::take(const ExprPtr& expression, const Use& use) {
  Status status;
  ExprPtr taken = replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
    if (!status) return part;
    for (const Key& key : keys_) {
      if (algebra::equal(part, key.typed.expression)) return take_key(key);
    }
    for (const ScopeColumn& column : scope_.columns()) {
      if (!algebra::equal(part, column.typed.expression)) continue;
      status = check_grouped(column, use);
      return aggregates_.add_any_value(column.typed).expression;
    }
    return nullptr;
  });
  if (!status) return fail(std::move(status).error());
  return taken;
}

// Keys of a group may be equal and not the same, as texts are under a collation: what is shown is
// the first one.
ExprPtr Groups::take_key(const Key& key) {
  if (compares_as_it_is(key.typed.type)) return algebra::variable(key.result);
  return aggregates_.add_any_value(key.typed).expression;
}

Status Groups::check_grouped(const ScopeColumn& column, const Use& use) const {
  if (!binding_.session().has(sql_mode::kOnlyFullGroupBy)) return {};
  if (dependence_.determines(column)) return {};
  const std::string number = std::to_string(use.number);
  if (keys_.empty()) return error<1140>(number, use.list, shown(scope_, column));
  return error<1055>(number, use.list, shown(scope_, column));
}

Result<algebra::PlanPtr> Groups::plan(algebra::PlanPtr input) {
  algebra::Group group{.input = std::move(input)};
  const auto over_row = [&](ExprPtr body) {
    return algebra::lambda({scope_.row()}, std::move(body));
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    TRY(ExprPtr key, comparison_key(keys_[i].typed, binding_.calls()));
    group.keys.push_back(over_row(std::move(key)));
    results_.emplace_back(keys_[i].result, part_of_row(row_, "group", i, keys_.size()));
  }
  const std::vector<Aggregates::Entry>& entries = aggregates_.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    algebra::Aggregate aggregate = entries[i].aggregate;
    if (aggregate.argument != nullptr) aggregate.argument = over_row(aggregate.argument);
    group.aggregates.push_back(std::move(aggregate));
    results_.emplace_back(entries[i].result, part_of_row(row_, "reduction", i, entries.size()));
  }
  return algebra::make_plan(std::move(group));
}

ExprPtr Groups::over_rows(const ExprPtr& expression) const {
  return replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    if (variable == nullptr) return nullptr;
    for (const auto& [result, access] : results_) {
      if (result == variable->id) return access;
    }
    return nullptr;
  });
}

}  // namespace octavo::sql
