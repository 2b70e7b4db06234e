// Group over what a FieldScan reads: programs compute what they can for a batch of rows at once;
// the rest is the interpreter's, row by row.

#include <algorithm>
#include <optional>

#include "exec/field_scan.h"
#include "exec/group_table.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using function::Shape;
using value::Value;

class FieldGroupOperator final : public Operator {
 public:
  // `arguments`: of each aggregate that has one, its place among the scan's lambdas. The keys are
  // the first of those.
  FieldGroupOperator(const algebra::Group& group, std::vector<std::optional<std::size_t>> arguments,
                     std::unique_ptr<FieldScan> scan, const OperatorContext& context)
      : group_(group),
        arguments_(std::move(arguments)),
        table_(group_, context),
        scan_(std::move(scan)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (scan_ != nullptr) TRY_STATUS(fill());
    return table_.take(max_rows, out);
  }

 private:
  Status fill() {
    TRY(all_, table_.begin());
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (more) TRY_STATUS(add_rows());
    }
    scan_.reset();
    return {};
  }

  Status add_rows() {
    if (all_ != nullptr && group_.aggregates.size() == 1 && add_at_once()) return {};
    for (const std::uint16_t row : scan_->rows()) TRY_STATUS(add(row));
    return {};
  }

  // One aggregate without keys, if no row needs the interpreter.
  bool add_at_once() {
    if (group_.aggregates.front().kind == algebra::AggregateKind::function) return false;
    Accumulator& into = all_->front();
    if (!arguments_.front()) {
      into.add_rows(scan_->rows().size());
      return true;
    }
    const function::Operand* const result = scan_->result(*arguments_.front());
    if (result == nullptr || scan_->shape(*arguments_.front()) != Shape::number) return false;
    const auto needs_interpreter = [&](std::uint16_t row) {
      return result->state(row) == function::kDeferred || result->state(row) == function::kNull;
    };
    if (result->states != nullptr && std::ranges::any_of(scan_->rows(), needs_interpreter)) {
      return false;
    }
    const auto* const numbers = result->as<double>();
    for (const std::uint16_t row : scan_->rows()) {
      if (result->state(row) == function::kPresent) into.add_number(numbers[row]);
    }
    return true;
  }

  Status add(std::uint16_t row) {
    return table_.add_row([&](std::size_t i) { return scan_->value_of(i, row); },
                          [&](std::size_t i) { return scan_->value_of(*arguments_[i], row); });
  }

  algebra::Group group_;
  std::vector<std::optional<std::size_t>> arguments_;
  GroupTable table_;
  GroupTable::Accumulators* all_ = nullptr;  // of the one group where there are no keys
  std::unique_ptr<FieldScan> scan_;          // null when it is read
};

std::optional<Shape> wanted_of(const algebra::Aggregate& aggregate) {
  switch (aggregate.kind) {
    case algebra::AggregateKind::sum:
    case algebra::AggregateKind::average: return Shape::number;
    case algebra::AggregateKind::count:
    case algebra::AggregateKind::minimum:
    case algebra::AggregateKind::maximum:
    case algebra::AggregateKind::function: return Shape::any;
  }
  return std::nullopt;
}

}  // namespace

Result<OperatorPtr> make_field_group(const algebra::Group& group, const OperatorContext& context) {
  FieldScan::Wanted wanted{
      .lambdas = {}, .columns = {}, .documents = false, .functions = true, .needs_program = true};
  for (const algebra::ExprPtr& key : group.keys) wanted.lambdas.push_back({key, Shape::any});
  std::vector<std::optional<std::size_t>> arguments;
  for (const algebra::Aggregate& aggregate : group.aggregates) {
    auto& place = arguments.emplace_back();
    if (aggregate.argument == nullptr) continue;
    place = wanted.lambdas.size();
    wanted.lambdas.push_back({aggregate.argument, wanted_of(aggregate)});
  }
  TRY(auto scan, FieldScan::make(group.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldGroupOperator>(group, std::move(arguments), std::move(scan),
                                              context);
}

}  // namespace octavo::exec
