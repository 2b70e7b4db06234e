// Filters and functions of single rows over a scan that gives fields: only what passes is decoded,
// and where a function is above it only the fields that this needs.

#include <algorithm>

#include "exec/field_scan.h"
#include "exec/operators.h"
#include "value/maker.h"

namespace octavo::exec {
namespace {

class FieldRowsOperator final : public Operator {
 public:
  // `elements`: rows are arrays of what so many lambdas of the scan give; 0: what it takes.
  FieldRowsOperator(std::unique_ptr<FieldScan> scan, std::size_t elements,
                    const OperatorContext& context)
      : scan_(std::move(scan)), elements_(elements), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    // What is told of rows that nobody asked for must not be told.
    if (scan_ != nullptr && scan_->reads_plainly() && context_.query.evaluation.notes != nullptr) {
      scan_->at_most(max_rows < kBatchRows ? max_rows : value::kBatchRows);
    }
    TRY_STATUS(read());
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && at_ < rows() && (n == 0 || !bytes.enough()); ++n) {
      TRY(value::Value row, make(scan_->rows()[at_]));
      out.push_back(std::move(row));
      ++at_;
    }
    return {};
  }

  Result<std::uint64_t> skip(std::uint64_t rows_to_skip) override {
    TRY_STATUS(read());
    const std::uint64_t skipped = std::min<std::uint64_t>(rows_to_skip, rows() - at_);
    at_ += static_cast<std::size_t>(skipped);
    return skipped;
  }

 private:
  Result<value::Value> make(std::uint16_t row) {
    if (elements_ == 0) return scan_->take(row);
    value::ArrayMaker array(elements_);
    for (std::size_t i = 0; i < elements_; ++i) {
      TRY(std::optional<value::Value> element, scan_->value_of(i, row));
      array.append(std::move(element).value_or(value::Value()));
    }
    return std::move(array).finish();
  }
  std::size_t rows() const { return scan_ == nullptr ? 0 : scan_->rows().size(); }
  // Until there is a row, or none is left.
  Status read() {
    while (scan_ != nullptr && at_ == rows()) {
      at_ = 0;
      TRY(const bool more, scan_->next());
      if (!more) scan_.reset();
    }
    return {};
  }

  std::unique_ptr<FieldScan> scan_;  // null at the end
  std::size_t elements_;
  OperatorContext context_;
  std::size_t at_ = 0;  // of its rows
};

// The functions that give the elements of the arrays that a lambda makes, in dialects that see
// nothing else of a row than fields; empty: it is something else.
std::vector<FieldScan::Lambda> elements_of(const algebra::ExprPtr& function) {
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (lambda == nullptr || lambda->params.size() != 1) return {};
  const auto* const array = std::get_if<algebra::MakeArray>(&lambda->body->node);
  if (array == nullptr) return {};
  std::vector<FieldScan::Lambda> elements;
  for (const algebra::ExprPtr& element : array->elements) {
    elements.push_back({algebra::lambda(lambda->params, element), function::Shape::typed});
  }
  return elements;
}

}  // namespace

Result<OperatorPtr> make_field_rows(const algebra::PlanPtr& plan, const OperatorContext& context) {
  const FieldScan::Wanted wanted{.lambdas = {},
                                 .columns = {},
                                 .documents = true,
                                 .row_fields = std::nullopt,
                                 .functions = true,
                                 .many_rows = true,
                                 .needs = FieldScan::Wanted::Needs::program};
  TRY(auto scan, FieldScan::make(plan, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldRowsOperator>(std::move(scan), 0, context);
}

Result<OperatorPtr> make_rows_of_fields(const algebra::PlanPtr& plan, const Need& fields,
                                        const OperatorContext& context) {
  FieldScan::Wanted wanted{.lambdas = {},
                           .columns = {},
                           .documents = false,
                           .row_fields = fields,
                           .many_rows = true,
                           .needs = FieldScan::Wanted::Needs::computation};
  algebra::PlanPtr input = plan;
  if (const auto* const map = std::get_if<algebra::Map>(&plan->node)) {
    wanted.lambdas = elements_of(map->function);
    if (wanted.lambdas.empty()) return nullptr;
    wanted.row_fields = Need();
    input = map->input;
  }
  const std::size_t elements = wanted.lambdas.size();
  TRY(auto scan, FieldScan::make(input, wanted, context));
  if (scan == nullptr || !scan->reads_plainly()) return nullptr;
  return std::make_unique<FieldRowsOperator>(std::move(scan), elements, context);
}

}  // namespace octavo::exec
