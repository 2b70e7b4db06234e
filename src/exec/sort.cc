#include <algorithm>

#include "exec/operators.h"

namespace octavo::exec {
namespace {

// Sorts in memory; equal rows keep their order (by arrival number: libstdc++ 12's stable_sort
// does not compile warning-free as C++23 under clang). What does not fit the query's budget is
// refused with a clear error.
class SortOperator final : public Operator {
 public:
  SortOperator(const algebra::Sort& sort, OperatorPtr input, const OperatorContext& context)
      : sort_(sort), input_(std::move(input)), context_(context), memory_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    for (std::size_t n = 0; n < max_rows && at_ < entries_.size(); ++n) {
      out.push_back(std::move(entries_[at_++].row));
    }
    return {};
  }

 private:
  struct Entry {
    std::vector<value::Value> keys;
    value::Value row;
    std::size_t arrival = 0;
  };

  Status fill() {
    Rows batch;
    do {
      TRY_STATUS(context_.query.check());
      batch.clear();
      TRY_STATUS(input_->next(kBatchRows, batch));
      for (auto& row : batch) TRY_STATUS(add(std::move(row)));
    } while (!batch.empty());
    input_.reset();
    std::sort(entries_.begin(), entries_.end(),
              [this](const Entry& a, const Entry& b) { return before(a, b); });
    return {};
  }

  Status add(value::Value row) {
    Entry entry;
    for (const auto& key : sort_.keys) {
      auto found =
          function::evaluate_lambda(key.key, std::span(&row, 1), context_.query.evaluation);
      if (!found && found.error().code != Code::missing_value) return fail(found.error());
      // A row without the key sorts below every value, in either dialect of NULLs first.
      entry.keys.push_back(found ? *std::move(found) : value::Value::min_key());
    }
    TRY_STATUS(memory_.add(2 * (sizeof(Entry) + entry.keys.size() * sizeof(value::Value))));
    entry.row = std::move(row);
    entry.arrival = entries_.size();
    entries_.push_back(std::move(entry));
    return {};
  }

  bool before(const Entry& a, const Entry& b) const {
    for (std::size_t i = 0; i < sort_.keys.size(); ++i) {
      const auto order = value::compare(a.keys[i], b.keys[i], sort_.order);
      if (order == 0) continue;
      return (sort_.keys[i].direction == algebra::Direction::ascending) == (order < 0);
    }
    return a.arrival < b.arrival;
  }

  algebra::Sort sort_;
  OperatorPtr input_;
  OperatorContext context_;
  MemoryCharge memory_;
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
};

}  // namespace

OperatorPtr make_sort(const algebra::Sort& sort, OperatorPtr input,
                      const OperatorContext& context) {
  return std::make_unique<SortOperator>(sort, std::move(input), context);
}

}  // namespace octavo::exec
