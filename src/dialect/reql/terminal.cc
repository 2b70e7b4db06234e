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

// Element `i` of a row that is an array.
ExprPtr element(const ExprPtr& row, std::size_t i) {
  return call(term::kBracket, {row, constant(number(static_cast<double>(i)))});
}

// Rows as [key…, value]: those that miss the value are left out, missing keys are null.
ExprPtr prepared_row(Env& env, const std::vector<Function>& keys, const PlanAggregate& aggregate) {
  const algebra::VarId row = own_variable(1);
  std::vector<ExprPtr> parts;
  for (const Function& key : keys) {
    parts.push_back(call(term::kOrNull, {call(term::kFuncall, {close(env, key), var(row)})}));
  }
  ExprPtr value = call(term::kFuncall, {close(env, *aggregate.value), var(row)});
  if (selects_row(aggregate.kind)) {
    const std::vector<ExprPtr> pair{std::move(value), var(row)};
    value = std::make_shared<const algebra::Expr>(algebra::Expr{algebra::MakeArray{pair}});
  } else {
    value = call(term::kNumberOf, {std::move(value)});
  }
  parts.push_back(std::move(value));
  const ExprPtr whole =
      std::make_shared<const algebra::Expr>(algebra::Expr{algebra::MakeArray{std::move(parts)}});
  return make_lambda({row}, call(term::kAtMostOne, {whole}), {}).lambda;
}

ExprPtr element_lambda(std::size_t i) {
  const algebra::VarId row = own_variable(1);
  return make_lambda({row}, element(var(row), i), {}).lambda;
}

// The plan, or null when a function is not deterministic.
PlanPtr aggregate_plan(Env& env, const PlanPtr& input, const std::vector<Function>& keys,
                       const PlanAggregate& aggregate) {
  algebra::Group group{.input = input, .keys = {}, .aggregates = {}, .order = value::Order::reql};
  algebra::Aggregate wanted{.kind = aggregate.kind, .argument = nullptr};
  if (!aggregate.value) {
    for (const Function& key : keys) group.keys.push_back(close(env, wrap(term::kOrNull, key)));
    for (const ExprPtr& key : group.keys) {
      if (!is_deterministic(key, Now::varies)) return nullptr;
    }
  } else {
    const ExprPtr prepare = prepared_row(env, keys, aggregate);
    if (!is_deterministic(prepare, Now::varies)) return nullptr;
    group.input = make_plan(algebra::Unwind{.input = input, .function = prepare});
    for (std::size_t i = 0; i < keys.size(); ++i) group.keys.push_back(element_lambda(i));
    wanted.argument = element_lambda(keys.size());
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
