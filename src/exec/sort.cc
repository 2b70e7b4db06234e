#include <algorithm>
#include <array>

#include "exec/accumulator.h"
#include "exec/operators.h"
#include "exec/sort_buffer.h"
#include "exec/sort_keys.h"

namespace octavo::exec {
namespace {

using value::Value;

// Rows of any input: the buffer sorts their places in a list.
class SortOperator final : public Operator {
 public:
  SortOperator(const algebra::Sort& sort, std::optional<std::uint64_t> keep, OperatorPtr input,
               const OperatorContext& context)
      : sort_(sort),
        input_(std::move(input)),
        context_(context),
        memory_(context.query),
        buffer_({.keep = keep, .ties = sort.ties}, context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    for (std::size_t n = 0; n < max_rows && at_ < buffer_.rows(); ++n) {
      out.push_back(std::move(rows_[place_of(buffer_[at_++])]));
    }
    return {};
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    const std::uint64_t skipped = std::min<std::uint64_t>(rows, buffer_.rows() - at_);
    at_ += static_cast<std::size_t>(skipped);
    return skipped;
  }

 private:
  using Place = std::uint64_t;

  static Place place_of(BytesView content) { return load_le<Place>(content.data()); }

  Status fill() {
    Rows batch;
    do {
      TRY_STATUS(context_.query.check());
      batch.clear();
      TRY_STATUS(input_->next(kBatchRows, batch));
      for (auto& row : batch) TRY_STATUS(add(std::move(row)));
    } while (!batch.empty());
    input_.reset();
    return buffer_.sort();
  }

  Status add(Value row) {
    key_.clear();
    for (std::size_t i = 0; i < sort_.keys.size(); ++i) {
      TRY(const auto found, unless_missing(function::evaluate_lambda(
                                sort_.keys[i].key, std::span(&row, 1), context_.query.evaluation)));
      append_sort_key(sort_, i, found, key_);
    }
    if (!buffer_.wants(key_)) return {};
    Place place = rows_.size();
    if (buffer_.full()) {
      place = place_of(buffer_.last());
    } else {
      TRY_STATUS(memory_.add(2 * sizeof(Value)));  // a vector grows by doubling
      rows_.emplace_back();
    }
    rows_[place] = std::move(row);
    std::array<char, sizeof(Place)> content{};
    store_le(content.data(), place);
    TRY_STATUS(buffer_.add(key_, BytesView(content.data(), content.size())));
    return check_most(sort_, buffer_.rows());
  }

  algebra::Sort sort_;
  OperatorPtr input_;
  OperatorContext context_;
  MemoryCharge memory_;
  SortBuffer buffer_;
  Rows rows_;
  Bytes key_;           // of the row that is being added
  std::size_t at_ = 0;  // in the buffer: what goes out next
};

}  // namespace

OperatorPtr make_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                      OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<SortOperator>(sort, keep, std::move(input), context);
}

}  // namespace octavo::exec
