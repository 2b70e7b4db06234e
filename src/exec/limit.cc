#include <algorithm>

#include "exec/operators.h"

namespace octavo::exec {
namespace {

class LimitOperator final : public Operator {
 public:
  LimitOperator(const algebra::Limit& limit, OperatorPtr input)
      : skip_(limit.skip), left_(limit.count), input_(std::move(input)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (left_ == 0) return {};  // and what is skipped need not be read
    while (skip_ > 0) {
      TRY(const std::uint64_t skipped, input_->skip(skip_));
      if (skipped == 0) {
        left_ = 0;
        return {};
      }
      skip_ -= skipped;
    }
    const std::size_t wanted = left_ ? std::min<std::size_t>(max_rows, *left_) : max_rows;
    const std::size_t before = out.size();
    TRY_STATUS(input_->next(wanted, out));
    if (left_) *left_ -= out.size() - before;
    return {};
  }

 private:
  std::uint64_t skip_;
  std::optional<std::uint64_t> left_;
  OperatorPtr input_;
};

}  // namespace

Result<std::uint64_t> Operator::skip(std::uint64_t rows) {
  Rows skipped;
  TRY_STATUS(next(static_cast<std::size_t>(std::min<std::uint64_t>(kBatchRows, rows)), skipped));
  return skipped.size();
}

OperatorPtr make_limit(const algebra::Limit& limit, OperatorPtr input) {
  return std::make_unique<LimitOperator>(limit, std::move(input));
}

}  // namespace octavo::exec
