#include "exec/operators.h"

namespace octavo::exec {
namespace {

class UnionOperator final : public Operator {
 public:
  explicit UnionOperator(std::vector<OperatorPtr> inputs) : inputs_(std::move(inputs)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (at_ < inputs_.size() && out.size() == before) {
      TRY_STATUS(inputs_[at_]->next(max_rows, out));
      if (out.size() == before) inputs_[at_++].reset();
    }
    return {};
  }

 private:
  std::vector<OperatorPtr> inputs_;
  std::size_t at_ = 0;
};

}  // namespace

OperatorPtr make_union(std::vector<OperatorPtr> inputs) {
  return std::make_unique<UnionOperator>(std::move(inputs));
}

}  // namespace octavo::exec
