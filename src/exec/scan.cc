#include "exec/operators.h"

namespace octavo::exec {
namespace {

class ScanOperator final : public Operator {
 public:
  ScanOperator(const algebra::Scan& scan, const Pipeline& pipeline)
      : scan_(scan), pipeline_(pipeline) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(pipeline_.query.check());
    if (cursor_ == nullptr) {
      TRY(cursor_, pipeline_.source.open(scan_, pipeline_.query));
    }
    return cursor_->next(max_rows, out);
  }

 private:
  algebra::Scan scan_;
  Pipeline pipeline_;
  std::unique_ptr<RowCursor> cursor_;
};

}  // namespace

OperatorPtr make_scan(const algebra::Scan& scan, const Pipeline& pipeline) {
  return std::make_unique<ScanOperator>(scan, pipeline);
}

}  // namespace octavo::exec
