#include <unordered_set>

#include "exec/operators.h"

namespace octavo::exec {
namespace {

constexpr std::size_t kEntryBytes = 64;  // of the set, beside what the row holds

struct ValueHash {
  std::size_t operator()(const value::Value& v) const { return value::hash(v); }
};

class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, const OperatorContext& context)
      : input_(std::move(input)), context_(context), memory_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(context_.query.check());
      batch_.clear();
      const Status read = input_->next(max_rows, batch_);
      for (const auto& row : batch_) {
        if (!seen_.insert(row).second) continue;
        TRY_STATUS(memory_.add(kEntryBytes));
        out.push_back(row);
      }
      if (!read || batch_.empty()) return read;
    }
    return {};
  }

 private:
  OperatorPtr input_;
  OperatorContext context_;
  MemoryCharge memory_;
  Rows batch_;
  std::unordered_set<value::Value, ValueHash> seen_;
};

}  // namespace

OperatorPtr make_distinct(OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<DistinctOperator>(std::move(input), context);
}

}  // namespace octavo::exec
