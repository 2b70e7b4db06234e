#include "dialect/reql/terminal.h"

#include <fmt/format.h>

#include <map>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {
namespace {

using algebra::AggregateKind;
using algebra::ExprPtr;
using algebra::make_plan;
using algebra::PlanPtr;

bool selects_row(AggregateKind kind) {
  return kind == AggregateKind::minimum || kind == AggregateKind::maximum;
}

// What the aggregate is given of a row. Least and greatest compare the value and then the row.
ExprPtr argument_of(Env& env, const PlanAggregate& aggregate) {
  if (!selects_row(aggregate.kind)) return close(env, wrap(term::kNumberOf, *aggregate.value));
  const Function& value = *aggregate.value;
  std::vector<algebra::VarId> params = value.node().params;
  if (params.empty()) params.push_back(own_variable(0));
  std::vector<ExprPtr> pair{value.node().body, var(params.front())};
  return close(env, make_lambda(params, algebra::make_array(std::move(pair)), value.captured));
}

// The plan, or null when a function is not deterministic. Keys that are missing are null.
PlanPtr aggregate_plan(Env& env, const PlanPtr& input, const std::vector<Function>& keys,
                       const PlanAggregate& aggregate) {
  algebra::Group group{
      .input = input, .keys = {}, .aggregates = {}, .order = value::Order::by_type_name};
  algebra::Aggregate wanted{.kind = aggregate.kind, .argument = nullptr};
  for (const Function& key : keys) group.keys.push_back(close(env, wrap(term::kOrNull, key)));
  if (aggregate.value) {
    wanted.argument = argument_of(env, aggregate);
    wanted.required = true;
    if (!is_deterministic(wanted.argument, Now::varies)) return nullptr;
  }
  for (const ExprPtr& key : group.keys) {
    if (!is_deterministic(key, Now::varies)) return nullptr;
  }
  group.aggregates.push_back(std::move(wanted));
  return make_plan(std::move(group));
}

Value result_of(const PlanAggregate& aggregate, const Value& reduction) {
  if (!selects_row(aggregate.kind) || reduction.is_null()) return reduction;
  return reduction.as_array()[1];
}

}  // namespace

Result<Val> run_terminal(Env& env, Stream& stream, const MakeTerminal& make) {
  TRY_STATUS(check_finite(stream));
  if (!stream.grouped()) {
    const std::unique_ptr<Terminal> terminal = make();
    TRY_STATUS(for_each_row(env, stream, [&](const Value& row) -> Result<bool> {
      TRY_STATUS(terminal->add(env, row));
      return true;
    }));
    TRY(Value value, terminal->finish(env));
    return Val(std::move(value));
  }
  std::map<Value, std::unique_ptr<Terminal>, DatumLess> terminals;
  TRY_STATUS(for_each_row(env, stream, [&](const Value& pair) -> Result<bool> {
    const Value& group = pair.as_array()[0];
    const auto [entry, fresh] = terminals.try_emplace(group);
    if (fresh) entry->second = make();
    TRY(const bool counted, entry->second->add(env, pair.as_array()[1]));
    if (fresh && !counted) terminals.erase(entry);
    if (terminals.size() > env.array_limit()) {
      return fail_resource(fmt::format("Too many groups (> {}).", env.array_limit()));
    }
    return true;
  }));
  std::map<Value, Value, DatumLess> groups;
  for (const auto& [group, terminal] : terminals) {
    TRY(Value value, terminal->finish(env));
    groups.emplace(group, std::move(value));
  }
  return Val::grouped(std::move(groups));
}

Result<std::optional<Val>> run_on_plan(Env& env, Stream& stream, const PlanAggregate& aggregate) {
  const GroupStream* const grouping = stream.as_group();
  PlanStream* const source = grouping != nullptr ? grouping->source()->as_plan() : stream.as_plan();
  if (source == nullptr || source->started()) return std::optional<Val>();
  // Of equal values of sorted rows the first one's row is selected, of others any.
  if (source->is_array() && selects_row(aggregate.kind)) return std::optional<Val>();
  std::vector<Function> keys;
  if (grouping != nullptr) {
    for (const GroupKey& key : grouping->keys()) {
      if (key.kind != GroupKey::Kind::value) return std::optional<Val>();
      keys.push_back(key.function);
    }
  }
  const PlanPtr plan = aggregate_plan(env, source->plan(), keys, aggregate);
  if (plan == nullptr) return std::optional<Val>();
  PlanStream rows(nullptr, plan);
  if (grouping == nullptr) {
    Value result;
    TRY_STATUS(for_each_row(env, rows, [&](const Value& row) -> Result<bool> {
      result = result_of(aggregate, *row.find("reduction"));
      return true;
    }));
    return std::optional<Val>(Val(std::move(result)));
  }
  std::map<Value, Value, DatumLess> groups;
  TRY_STATUS(for_each_row(env, rows, [&](const Value& row) -> Result<bool> {
    groups.insert_or_assign(*row.find("group"), result_of(aggregate, *row.find("reduction")));
    if (groups.size() > env.array_limit()) {
      return fail_resource(fmt::format("Too many groups (> {}).", env.array_limit()));
    }
    return true;
  }));
  return std::optional<Val>(Val::grouped(std::move(groups)));
}

}  // namespace octavo::reql
