#include "exec/accumulator.h"

#include <string>

namespace octavo::exec {
namespace {

using algebra::AggregateKind;
using value::Value;

constexpr std::size_t kEntryBytes = 96;  // of the map, beside what the key holds

// How many keys a key of a rollup leaves out, and its keys.
Value rollup_group(const Value& key) {
  std::vector<Value> parts{Value()};
  std::int64_t left_out = 0;
  for (const Value& part : key.as_array()) {
    const bool is_out = part.type() == value::Type::max_key;
    if (is_out) ++left_out;
    parts.push_back(is_out ? Value() : part);
  }
  parts.front() = Value::int64(left_out);
  return Value::array(std::move(parts));
}

Result<Value> group_row(const Value& group, GroupTable::Accumulators& from) {
  std::vector<Value> results;
  for (Accumulator& accumulator : from) {
    TRY(Value result, accumulator.result());
    results.push_back(std::move(result));
  }
  std::vector<value::Field> fields;
  fields.push_back({"group", group});
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

Value rollup_key(std::span<const Value> keys, std::size_t left_out) {
  std::vector<Value> parts(keys.begin(), keys.end() - static_cast<std::ptrdiff_t>(left_out));
  parts.resize(keys.size(), Value::max_key());
  return Value::array(std::move(parts));
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

bool Accumulator::removes() const {
  return own_ == nullptr ? kind_ == AggregateKind::count : own_->removes();
}

Status Accumulator::remove(const Value& argument) {
  if (own_ != nullptr) return own_->remove(argument);
  --count_;
  return {};
}

Result<Accumulator> make_accumulator(const algebra::Aggregate& aggregate, value::Order order,
                                     QueryContext& query, MemoryCharge& memory) {
  if (aggregate.kind != AggregateKind::function) return Accumulator(aggregate.kind, order);
  const function::AggregateRow* row = function::find_aggregate(aggregate.function);
  if (row == nullptr) {
    return fail(Code::unsupported, "The plan has an aggregate that this version does not know.");
  }
  TRY_STATUS(memory.add(row->state_bytes));
  TRY(auto state, row->make(aggregate.options, query.evaluation));
  return Accumulator(std::move(state));
}

Result<GroupTable::Accumulators*> GroupTable::begin() {
  if (!group_.rollup) return group_.keys.empty() ? find_or_add(Value()) : nullptr;
  const std::vector<Value> none(group_.keys.size());
  TRY_STATUS(find_or_add(rollup_key(none, none.size())));
  return nullptr;
}

Status GroupTable::add_to(const Value& key) {
  TRY(Accumulators* const into, find_or_add(key));
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i]) TRY_STATUS((*into)[i].add(*arguments_[i]));
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
    TRY(Accumulator accumulator, make_accumulator(aggregate, group_.order, query_, memory_));
    made.push_back(std::move(accumulator));
  }
  return made;
}

Status GroupTable::take(std::size_t max_rows, Rows& out) {
  for (std::size_t n = 0; n < max_rows && !groups_.empty(); ++n) {
    const auto first = groups_.begin();
    TRY(Value row,
        group_row(group_.rollup ? rollup_group(first->first) : first->first, first->second));
    out.push_back(std::move(row));
    groups_.erase(first);
  }
  return {};
}

}  // namespace octavo::exec
