#include <optional>

#include "exec/accumulator.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

class GroupOperator final : public Operator {
 public:
  GroupOperator(const algebra::Group& group, OperatorPtr input, const OperatorContext& context)
      : group_(group), input_(std::move(input)), context_(context), table_(group_, context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    table_.take(max_rows, out);
    return {};
  }

 private:
  Status fill() {
    if (group_.keys.empty()) TRY_STATUS(table_.find_or_add(Value()));
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

  // Nothing where it is missing.
  Result<std::optional<Value>> evaluate(const algebra::ExprPtr& lambda, const Value& row) {
    auto value = function::evaluate_lambda(lambda, std::span(&row, 1), context_.query.evaluation);
    if (value) return std::optional<Value>(*std::move(value));
    if (value.error().code == Code::missing_value) return std::optional<Value>();
    return fail(std::move(value).error());
  }

  // Arguments first: a row that misses one that is required makes no group.
  Status add(const Value& row) {
    arguments_.clear();
    for (const algebra::Aggregate& aggregate : group_.aggregates) {
      std::optional<Value>& into = arguments_.emplace_back(std::in_place);
      if (aggregate.argument == nullptr) continue;
      TRY(into, evaluate(aggregate.argument, row));
      if (!into && aggregate.required) return {};
    }
    std::vector<Value> keys;
    for (const algebra::ExprPtr& lambda : group_.keys) {
      TRY(const std::optional<Value> key, evaluate(lambda, row));
      keys.push_back(key.value_or(Value()));
    }
    TRY(GroupTable::Accumulators* const into, table_.find_or_add(group_key(std::move(keys))));
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i]) TRY_STATUS((*into)[i].add(*arguments_[i]));
    }
    return {};
  }

  algebra::Group group_;
  OperatorPtr input_;
  OperatorContext context_;
  GroupTable table_;
  std::vector<std::optional<Value>> arguments_;  // of the row being added
};

}  // namespace

OperatorPtr make_group(const algebra::Group& group, OperatorPtr input,
                       const OperatorContext& context) {
  return std::make_unique<GroupOperator>(group, std::move(input), context);
}

}  // namespace octavo::exec
