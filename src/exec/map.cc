#include <algorithm>

#include "exec/operators.h"
#include "exec/plain_fields.h"

namespace octavo::exec {
namespace {

constexpr std::size_t kFirstRows = 4;

class MapOperator final : public Operator {
 public:
  MapOperator(algebra::ExprPtr function, OperatorPtr input, const OperatorContext& context)
      : function_(std::move(function)),
        fields_(array_of_fields(function_)),
        input_(std::move(input)),
        context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(context_.query.check());
    if (at_ == batch_.size()) {
      batch_.clear();
      at_ = 0;
      TRY_STATUS(read_);
      read_ = input_->next(std::min(max_rows, at_once_), batch_);
      if (batch_.empty()) return read_;
    }
    const function::BatchBytes bytes(context_.query.evaluation);
    std::size_t n = 0;
    for (; n < max_rows && at_ < batch_.size() && (n == 0 || !bytes.enough()); ++n) {
      const value::Value row = std::move(batch_[at_++]);
      if (fields_) {
        out.push_back(fields_of(row, *fields_));
        continue;
      }
      TRY(value::Value mapped,
          function::evaluate_lambda(function_, std::span(&row, 1), context_.query.evaluation));
      out.push_back(std::move(mapped));
    }
    at_once_ = at_ < batch_.size() ? n : std::min(2 * at_once_, kBatchRows);
    return {};
  }

 private:
  algebra::ExprPtr function_;
  std::optional<std::vector<std::string>> fields_;  // all that it gives
  OperatorPtr input_;
  OperatorContext context_;
  Rows batch_;
  std::size_t at_ = 0;  // of the batch
  // How many rows it asks for: as many as it last passed on at once, and few at first. Rows that it
  // cannot pass on yet it holds, and there may be a thousand maps, one above the other.
  std::size_t at_once_ = kFirstRows;
  Status read_;  // what comes after it
};

}  // namespace

OperatorPtr make_map(const algebra::Map& map, OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<MapOperator>(map.function, std::move(input), context);
}

}  // namespace octavo::exec
