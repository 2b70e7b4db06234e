#include <algorithm>

#include "exec/map_chain.h"
#include "exec/plain_fields.h"

namespace octavo::exec {
namespace {

constexpr std::size_t kFirstRows = 4;

class MapOperator final : public Operator {
 public:
  MapOperator(std::vector<algebra::ExprPtr> functions, OperatorPtr input,
              const OperatorContext& context)
      : functions_(std::move(functions)),
        fields_(functions_.size() == 1 ? array_of_fields(functions_.front()) : std::nullopt),
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
      value::Value row = std::move(batch_[at_++]);
      if (fields_) {
        out.push_back(fields_of(row, *fields_));
        continue;
      }
      for (const algebra::ExprPtr& function : functions_) {
        TRY(row,
            function::evaluate_lambda(function, std::span(&row, 1), context_.query.evaluation));
      }
      out.push_back(std::move(row));
    }
    at_once_ = at_ < batch_.size() ? n : std::min(2 * at_once_, kBatchRows);
    return {};
  }

 private:
  std::vector<algebra::ExprPtr> functions_;
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
  return make_map_chain({map.function}, std::move(input), context);
}

OperatorPtr make_map_chain(std::vector<algebra::ExprPtr> functions, OperatorPtr input,
                           const OperatorContext& context) {
  return std::make_unique<MapOperator>(std::move(functions), std::move(input), context);
}

}  // namespace octavo::exec
