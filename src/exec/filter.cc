#include "exec/operators.h"

namespace octavo::exec {
namespace {

class FilterOperator final : public Operator {
 public:
  FilterOperator(algebra::ExprPtr predicate, OperatorPtr input, const OperatorContext& context)
      : predicate_(std::move(predicate)), input_(std::move(input)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(context_.query.check());
      batch_.clear();
      Status read = input_->next(max_rows, batch_);
      for (auto& row : batch_) {
        TRY(const value::Value keep,
            function::evaluate_lambda(predicate_, std::span(&row, 1), context_.query.evaluation));
        if (keep.type() == value::Type::boolean && keep.as_boolean()) {
          out.push_back(std::move(row));
        }
      }
      if (!read || batch_.empty()) return read;
    }
    return {};
  }

 private:
  algebra::ExprPtr predicate_;
  OperatorPtr input_;
  OperatorContext context_;
  Rows batch_;
};

}  // namespace

OperatorPtr make_filter(const algebra::Filter& filter, OperatorPtr input,
                        const OperatorContext& context) {
  return std::make_unique<FilterOperator>(filter.predicate, std::move(input), context);
}

}  // namespace octavo::exec
