#include "exec/operators.h"
#include "exec/seen_values.h"

namespace octavo::exec {
namespace {

class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, const OperatorContext& context)
      : input_(std::move(input)), context_(context), seen_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(context_.query.check());
      batch_.clear();
      const Status read = input_->next(max_rows, batch_);
      for (const auto& row : batch_) {
        TRY(const bool is_new, seen_.add(row));
        if (is_new) out.push_back(row);
      }
      if (!read || batch_.empty()) return read;
    }
    return {};
  }

 private:
  OperatorPtr input_;
  OperatorContext context_;
  Rows batch_;
  SeenValues seen_;
};

}  // namespace

OperatorPtr make_distinct(OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<DistinctOperator>(std::move(input), context);
}

}  // namespace octavo::exec
