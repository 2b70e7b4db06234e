#include "exec/accumulator.h"

#include <string>

#include "function/program.h"

namespace octavo::exec {
namespace {

using algebra::AggregateKind;
using value::Value;

// Of aggregates that each row counts for, if it has their argument.
class RowCounts final : public function::GroupsOf<std::uint64_t> {
 public:
  Status add(Group group, const Value&) override {
    ++states_[group];
    return {};
  }
  Status add_each(std::span<const Group> groups) override {
    for (const Group group : groups) ++states_[group];
    return {};
  }
  Result<Value> result(Group group) override {
    return Value::int64(static_cast<std::int64_t>(states_[group]));
  }
};

}  // namespace

Result<std::optional<Value>> unless_missing(Result<Value> evaluated) {
  if (evaluated) return std::optional<Value>(*std::move(evaluated));
  if (evaluated.error().code == Code::missing_value) return std::optional<Value>();
  return fail(std::move(evaluated).error());
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

Status Accumulator::add_rows(std::uint64_t rows) {
  if (own_ == nullptr) {
    count_ += rows;
    return {};
  }
  const Value none;
  for (std::uint64_t row = 0; row < rows; ++row) TRY_STATUS(own_->add(none));
  return {};
}

Status Accumulator::add_rows(const function::Operand& arguments, function::Shape shape,
                             std::span<const std::uint16_t> rows) {
  if (own_ != nullptr) return own_->add_rows(arguments, shape, rows);
  for (const std::uint16_t row : rows) {
    const auto value = function::value_of(arguments, shape, row);
    if (value) TRY_STATUS(add(*value));
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

Result<std::unique_ptr<function::GroupedStates>> make_grouped(const algebra::Aggregate& aggregate,
                                                              QueryContext& query) {
  if (aggregate.kind == AggregateKind::count) return std::make_unique<RowCounts>();
  if (aggregate.kind != AggregateKind::function) return nullptr;
  const function::AggregateRow* row = function::find_aggregate(aggregate.function);
  if (row == nullptr) return nullptr;
  TRY(const auto state, row->make(aggregate.options, query.evaluation));
  const auto* const has = dynamic_cast<const function::HasGroupedStates*>(state.get());
  return has == nullptr ? nullptr : has->grouped();
}

}  // namespace octavo::exec
