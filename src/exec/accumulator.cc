#include "exec/accumulator.h"

#include <string>

namespace octavo::exec {
namespace {

using algebra::AggregateKind;
using value::Value;

constexpr std::size_t kEntryBytes = 96;  // of the map, beside what the key holds

Result<Value> group_row(const Value& key, GroupTable::Accumulators& from) {
  std::vector<Value> results;
  for (Accumulator& accumulator : from) {
    TRY(Value result, accumulator.result());
    results.push_back(std::move(result));
  }
  std::vector<value::Field> fields;
  fields.push_back({"group", key});
  fields.push_back({"reduction", results.size() == 1 ? std::move(results.front())
                                                     : Value::array(std::move(results))});
  return Value::object(std::move(fields));
}

}  // namespace

Result<std::optional<Value>> unless_missing(Result<Value> evaluated) {
  if (evaluated) return std::optional<Value>(*std::move(evaluated));
  if (evaluated.error().code == Code::missing_value) return std::optional<Value>();
  return fail(std::move(evaluated).error());
}

Value group_key(std::vector<Value> keys) {
  if (keys.empty()) return {};
  return keys.size() == 1 ? std::move(keys.front()) : Value::array(std::move(keys));
}

Status Accumulator::add(const Value& argument) {
  switch (kind_) {
    case AggregateKind::count: ++count_; return {};
    case AggregateKind::sum:
    case AggregateKind::average:
      if (!argument.is_number()) {
        return fail(Code::type_mismatch, "Expected type NUMBER but found " +
                                             std::string(value::type_name(argument.type())) + ".");
      }
      add_number(argument.to_double());
      return {};
    case AggregateKind::minimum:
      if (count_++ == 0 || value::compare(argument, best_, order_) < 0) best_ = argument;
      return {};
    case AggregateKind::maximum:
      if (count_++ == 0 || value::compare(argument, best_, order_) > 0) best_ = argument;
      return {};
    case AggregateKind::function: return own_->add(argument);
  }
  return {};
}

Result<Value> Accumulator::result() {
  switch (kind_) {
    case AggregateKind::count: return Value::int64(static_cast<std::int64_t>(count_));
    case AggregateKind::sum: return Value::float64(sum_);
    case AggregateKind::average:
      return count_ == 0 ? Value() : Value::float64(sum_ / static_cast<double>(count_));
    case AggregateKind::minimum:
    case AggregateKind::maximum: return best_;
    case AggregateKind::function: return own_->result();
  }
  return {};
}

Result<GroupTable::Accumulators*> GroupTable::find_or_add(const Value& key) {
  auto it = groups_.find(key);
  if (it == groups_.end()) {
    TRY_STATUS(memory_.add(kEntryBytes + group_.aggregates.size() * sizeof(Accumulator)));
    TRY(Accumulators accumulators, fresh());
    it = groups_.emplace(key, std::move(accumulators)).first;
  }
  return &it->second;
}

Result<GroupTable::Accumulators> GroupTable::fresh() {
  Accumulators made;
  made.reserve(group_.aggregates.size());
  for (const algebra::Aggregate& aggregate : group_.aggregates) {
    if (aggregate.kind != AggregateKind::function) {
      made.emplace_back(aggregate.kind, group_.order);
      continue;
    }
    const function::AggregateRow* row = function::find_aggregate(aggregate.function);
    if (row == nullptr) {
      return fail(Code::unsupported, "The plan has an aggregate that this version does not know.");
    }
    TRY_STATUS(memory_.add(row->state_bytes));
    TRY(auto state, row->make(aggregate.options, query_.evaluation));
    made.emplace_back(std::move(state));
  }
  return made;
}

Status GroupTable::take(std::size_t max_rows, Rows& out) {
  for (std::size_t n = 0; n < max_rows && !groups_.empty(); ++n) {
    const auto first = groups_.begin();
    TRY(Value row, group_row(first->first, first->second));
    out.push_back(std::move(row));
    groups_.erase(first);
  }
  return {};
}

}  // namespace octavo::exec
