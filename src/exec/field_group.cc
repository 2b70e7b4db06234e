// Group over filters over a scan that gives fields.

#include <algorithm>
#include <optional>

#include "exec/accumulator.h"
#include "exec/field_scan.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using function::Operand;
using function::Shape;
using value::Value;

Shape wanted_of(const algebra::Aggregate& aggregate) {
  switch (aggregate.kind) {
    case algebra::AggregateKind::sum:
    case algebra::AggregateKind::average: return Shape::number;
    case algebra::AggregateKind::count:
    case algebra::AggregateKind::minimum:
    case algebra::AggregateKind::maximum: return Shape::any;
  }
  std::unreachable();
}

class FieldGroupOperator final : public Operator {
 public:
  // The lambdas of the scan are the keys and then, in their order, the arguments that there are.
  FieldGroupOperator(const algebra::Group& group, std::unique_ptr<FieldScan> scan,
                     const OperatorContext& context)
      : group_(group), table_(group_, context.query), scan_(std::move(scan)) {
    std::size_t place = group_.keys.size();
    for (const algebra::Aggregate& aggregate : group_.aggregates) {
      arguments_.push_back(aggregate.argument == nullptr ? 0 : place++);
    }
  }

  Status next(std::size_t max_rows, Rows& out) override {
    if (scan_ != nullptr) TRY_STATUS(fill());
    table_.take(max_rows, out);
    return {};
  }

 private:
  Status fill() {
    if (group_.keys.empty()) {
      TRY(all_, table_.find_or_add(Value()));
    }
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (more) TRY_STATUS(add_batch());
    }
    scan_.reset();
    return {};
  }

  Status add_batch() {
    if (all_ != nullptr && group_.aggregates.size() == 1 && add_at_once()) return {};
    for (const std::uint16_t row : scan_->rows()) TRY_STATUS(add(row));
    return {};
  }

  // One aggregate without keys, if no row needs the interpreter.
  bool add_at_once() {
    const algebra::Aggregate& aggregate = group_.aggregates.front();
    const std::span<const std::uint16_t> rows = scan_->rows();
    Accumulator& into = all_->front();
    if (aggregate.argument == nullptr) {
      into.add_rows(rows.size());
      return true;
    }
    const Operand* const result = scan_->result_of(arguments_.front());
    if (result == nullptr || wanted_of(aggregate) != Shape::number) return false;
    const auto needs_interpreter = [&](std::uint16_t row) {
      return result->state(row) == function::kDeferred || result->state(row) == function::kNull;
    };
    if (result->states != nullptr && std::ranges::any_of(rows, needs_interpreter)) return false;
    const auto* const numbers = result->as<double>();
    for (const std::uint16_t row : rows) {
      if (result->state(row) == function::kPresent) into.add_number(numbers[row]);
    }
    return true;
  }

  Status add(std::uint16_t row) {
    return table_.add_row([&](std::size_t i) { return scan_->value_of(i, row); },
                          [&](std::size_t i) { return scan_->value_of(arguments_[i], row); });
  }

  algebra::Group group_;
  GroupTable table_;
  GroupTable::Accumulators* all_ = nullptr;  // of the one group where there are no keys
  std::unique_ptr<FieldScan> scan_;
  std::vector<std::size_t> arguments_;  // the lambdas of the scan that they are
};

}  // namespace

Result<OperatorPtr> make_field_group(const algebra::Group& group, const OperatorContext& context) {
  FieldScan::Wanted wanted;
  for (const algebra::ExprPtr& key : group.keys) {
    wanted.lambdas.push_back({.function = key, .shape = Shape::any});
  }
  for (const algebra::Aggregate& aggregate : group.aggregates) {
    if (aggregate.argument == nullptr) continue;
    wanted.lambdas.push_back({.function = aggregate.argument, .shape = wanted_of(aggregate)});
  }
  TRY(auto scan, FieldScan::make(group.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldGroupOperator>(group, std::move(scan), context);
}

}  // namespace octavo::exec
