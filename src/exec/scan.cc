#include "exec/operators.h"

namespace octavo::exec {
namespace {

class ScanOperator final : public Operator {
 public:
  ScanOperator(const algebra::Scan& scan, const OperatorContext& context)
      : scan_(scan), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(context_.query.check());
    if (cursor_ == nullptr) {
      TRY(cursor_, context_.source.open(scan_, context_.query));
    }
    return cursor_->next(max_rows, out);
  }

 private:
  algebra::Scan scan_;
  OperatorContext context_;
  std::unique_ptr<RowCursor> cursor_;
};

}  // namespace

OperatorPtr make_scan(const algebra::Scan& scan, const OperatorContext& context) {
  return std::make_unique<ScanOperator>(scan, context);
}

}  // namespace octavo::exec
