// Filters and functions of single rows over a scan that gives fields: only what passes is decoded,
// and where a function is above it only the fields that this needs.

#include <algorithm>

#include "exec/field_scan.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

class FieldRowsOperator final : public Operator {
 public:
  FieldRowsOperator(std::unique_ptr<FieldScan> scan, const OperatorContext& context)
      : scan_(std::move(scan)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(read());
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && at_ < rows() && (n == 0 || !bytes.enough()); ++n) {
      TRY(value::Value row, scan_->take(scan_->rows()[at_]));
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
  OperatorContext context_;
  std::size_t at_ = 0;  // of its rows
};

}  // namespace

Result<OperatorPtr> make_field_rows(const algebra::PlanPtr& plan, const OperatorContext& context) {
  const FieldScan::Wanted wanted{.lambdas = {},
                                 .columns = {},
                                 .documents = true,
                                 .functions = true,
                                 .many_rows = true,
                                 .needs_program = true};
  TRY(auto scan, FieldScan::make(plan, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldRowsOperator>(std::move(scan), context);
}

}  // namespace octavo::exec
