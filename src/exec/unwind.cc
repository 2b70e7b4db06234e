#include "exec/operators.h"

namespace octavo::exec {
namespace {

class UnwindOperator final : public Operator {
 public:
  UnwindOperator(algebra::ExprPtr function, OperatorPtr input, const OperatorContext& context)
      : function_(std::move(function)), input_(std::move(input)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      while (at_ == current_.size()) {
        TRY(const bool more, next_array());
        if (!more) return {};
      }
      out.push_back(current_[at_++]);
    }
    return {};
  }

 private:
  Result<bool> next_array() {
    TRY_STATUS(context_.query.check());
    if (row_at_ == batch_.size()) {
      batch_.clear();
      row_at_ = 0;
      TRY_STATUS(read_);
      read_ = input_->next(kBatchRows, batch_);
      if (batch_.empty() && read_) return false;
      if (batch_.empty()) return fail(read_.error());
    }
    const std::span<const value::Value> row(&batch_[row_at_++], 1);
    TRY(array_, function::evaluate_lambda(function_, row, context_.query.evaluation));
    if (!array_.is_array()) {
      return fail(Code::type_mismatch, "An unwound expression must give an array.");
    }
    current_ = array_.as_array();
    at_ = 0;
    return true;
  }

  algebra::ExprPtr function_;
  OperatorPtr input_;
  OperatorContext context_;
  Rows batch_;
  std::size_t row_at_ = 0;
  Status read_;         // what comes after the batch
  value::Value array_;  // owns what `current_` views
  value::ArrayView current_;
  std::size_t at_ = 0;
};

}  // namespace

OperatorPtr make_unwind(const algebra::Unwind& unwind, OperatorPtr input,
                        const OperatorContext& context) {
  return std::make_unique<UnwindOperator>(unwind.function, std::move(input), context);
}

}  // namespace octavo::exec
