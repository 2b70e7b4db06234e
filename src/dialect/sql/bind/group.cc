#include "dialect/sql/bind/group.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
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

}  // namespace

ExprPtr part_of_row(algebra::VarId row, std::string_view part, std::size_t place,
                    std::size_t count) {
  const Typed all = bind_field(algebra::variable(row), part, any_type());
  return count == 1 ? all.expression : bind_element(all.expression, place, any_type()).expression;
}

Groups::Groups(Binding& binding, const Scope& scope, const Dependence& dependence,
               Aggregates& aggregates, std::vector<Typed> keys, bool rollup)
    : binding_(binding),
      scope_(scope),
      dependence_(dependence),
      aggregates_(aggregates),
      row_(binding.fresh()),
      rollup_(rollup),
      left_out_(binding.fresh()) {
  for (Typed& key : keys) keys_.push_back({std::move(key), binding.fresh()});
}

Result<ExprPtr> Groups::take(const ExprPtr& expression, const Use& use) {
  Status status;
  ExprPtr taken = replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
    if (!status) return part;
    for (const Key& key : keys_) {
      if (!algebra::equal(part, key.typed.expression)) continue;
      auto taken_key = take_key(key);
      if (taken_key) return *std::move(taken_key);
      status = fail(std::move(taken_key).error());
      return part;
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
// the first one, and null where the key is left out.
Result<ExprPtr> Groups::take_key(const Key& key) {
  if (compares_as_it_is(key.typed.type)) return algebra::variable(key.result);
  Typed shown = aggregates_.add_any_value(key.typed);
  if (!rollup_) return shown.expression;
  TRY(Typed is_out, is_left_out(static_cast<std::size_t>(&key - keys_.data())));
  std::vector<TypedWhen> whens;
  whens.push_back({std::move(is_out), typed_constant(value::Value(), null_type())});
  TRY(const Typed either,
      bind_case(std::nullopt, std::move(whens), std::move(shown), binding_.calls()));
  return either.expression;
}

Typed Groups::left_out() const {
  return {algebra::variable(left_out_), with_null(big_integer(), false)};
}

Result<Typed> Groups::is_left_out(std::size_t key) const {
  const auto least = static_cast<std::int64_t>(keys_.size() - key);
  return bind_binary(BinaryOperator::greater_or_equal, left_out(),
                     typed_constant(value::Value::int64(least), big_integer()), binding_.calls());
}

// A bit for each argument, that of the last one the lowest.
Result<ExprPtr> Groups::bits_of(const Aggregates::Grouping& grouping) const {
  const CallContext& calls = binding_.calls();
  const auto number = [](std::int64_t value) {
    return typed_constant(value::Value::int64(value), with_null(big_integer(), false));
  };
  Typed bits = number(0);
  for (std::size_t i = 0; i < grouping.arguments.size(); ++i) {
    const auto is_it = [&](const Key& key) {
      return algebra::equal(key.typed.expression, grouping.arguments[i]);
    };
    const auto key = std::ranges::find_if(keys_, is_it);
    if (key == keys_.end()) return error<3602>(std::to_string(i + 1));
    TRY(Typed is_out, is_left_out(static_cast<std::size_t>(key - keys_.begin())));
    TRY(bits, bind_binary(BinaryOperator::multiply, std::move(bits), number(2), calls));
    TRY(bits, bind_binary(BinaryOperator::add, std::move(bits), std::move(is_out), calls));
  }
  return fold(bits.expression, calls);
}

Status Groups::check_grouped(const ScopeColumn& column, const Use& use) const {
  if (!binding_.session().has(sql_mode::kOnlyFullGroupBy)) return {};
  // What the keys determine is not the same in a group that is made without some of them.
  if (!rollup_ && dependence_.determines(column)) return {};
  const std::string number = std::to_string(use.number);
  if (keys_.empty()) return error<1140>(number, use.list, shown(scope_, column));
  return error<1055>(number, use.list, shown(scope_, column));
}

Result<algebra::PlanPtr> Groups::plan(algebra::PlanPtr input) {
  algebra::Group group{.input = std::move(input), .rollup = rollup_};
  const auto over_row = [&](ExprPtr body) {
    return algebra::lambda({scope_.row()}, std::move(body));
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    TRY(ExprPtr key, comparison_key(keys_[i].typed, binding_.calls()));
    group.keys.push_back(over_row(std::move(key)));
    const std::size_t place = rollup_ ? i + 1 : i;
    const std::size_t parts = rollup_ ? keys_.size() + 1 : keys_.size();
    results_.emplace_back(keys_[i].result, part_of_row(row_, "group", place, parts));
  }
  if (rollup_) results_.emplace_back(left_out_, part_of_row(row_, "group", 0, keys_.size() + 1));
  for (const Aggregates::Grouping& grouping : aggregates_.groupings()) {
    if (!rollup_) return error<1111>();
    TRY(const ExprPtr bits, bits_of(grouping));
    results_.emplace_back(grouping.result, over_rows(bits));
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
  return replace_variables(expression, results_);
}

}  // namespace octavo::sql
