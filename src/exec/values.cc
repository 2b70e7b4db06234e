#include "exec/operators.h"

namespace octavo::exec {
namespace {

class ValuesOperator final : public Operator {
 public:
  explicit ValuesOperator(Rows rows) : rows_(std::move(rows)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    for (std::size_t n = 0; n < max_rows && at_ < rows_.size(); ++n) out.push_back(rows_[at_++]);
    return {};
  }

 private:
  Rows rows_;
  std::size_t at_ = 0;
};

}  // namespace

OperatorPtr make_values(const algebra::Values& values) {
  return std::make_unique<ValuesOperator>(values.rows);
}

}  // namespace octavo::exec
