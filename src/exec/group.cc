#include "exec/group_table.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

class GroupOperator final : public Operator {
 public:
  GroupOperator(const algebra::Group& group, OperatorPtr input, const OperatorContext& context)
      : group_(group), input_(std::move(input)), context_(context), table_(group_, context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    return table_.take(max_rows, out);
  }

 private:
  Status fill() {
    TRY_STATUS(table_.begin());
    Rows batch;
    do {
      TRY_STATUS(context_.query.check());
      batch.clear();
      TRY_STATUS(input_->next(kBatchRows, batch));
      for (const auto& row : batch) TRY_STATUS(add(row));
    } while (!batch.empty());
    input_.reset();
    return {};
  }

  Status add(const Value& row) {
    const auto evaluate = [&](const algebra::ExprPtr& lambda) {
      return unless_missing(
          function::evaluate_lambda(lambda, std::span(&row, 1), context_.query.evaluation));
    };
    return table_.add_row([&](std::size_t i) { return evaluate(group_.keys[i]); },
                          [&](std::size_t i) { return evaluate(group_.aggregates[i].argument); });
  }

  algebra::Group group_;
  OperatorPtr input_;
  OperatorContext context_;
  GroupTable table_;
};

}  // namespace

OperatorPtr make_group(const algebra::Group& group, OperatorPtr input,
                       const OperatorContext& context) {
  return std::make_unique<GroupOperator>(group, std::move(input), context);
}

}  // namespace octavo::exec
