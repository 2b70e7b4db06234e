#include <algorithm>
#include <array>

#include "exec/accumulator.h"
#include "exec/operators.h"
#include "exec/row_sorter.h"
#include "exec/sort_keys.h"
#include "value/document.h"

namespace octavo::exec {
namespace {

using value::Value;

// Rows of any input: the sorter has their places in a list, and on disk the rows as documents.
class SortOperator final : public Operator {
 public:
  SortOperator(const algebra::Sort& sort, std::optional<std::uint64_t> keep, OperatorPtr input,
               const OperatorContext& context)
      : sort_(sort),
        input_(std::move(input)),
        context_(context),
        memory_(context.query),
        sorter_({.keep = keep, .ties = sort.ties}, context,
                {.encode = [this](BytesView content, Bytes& out) { return encode(content, out); },
                 .on_written = [this] { forget(); }}) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    TRY_STATUS(context_.query.check());
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(const bool more, sorter_.next());
      if (!more) return {};
      if (sorter_.is_written()) {
        TRY(Value row, value::decode_document(sorter_.content()));
        out.push_back(std::move(row));
      } else {
        out.push_back(std::move(rows_[place_of(sorter_.content())]));
      }
    }
    return {};
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    if (input_ != nullptr) TRY_STATUS(fill());
    return sorter_.skip(rows);
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
    return sorter_.sort();
  }

  Status add(Value row) {
    key_.clear();
    for (std::size_t i = 0; i < sort_.keys.size(); ++i) {
      TRY(const auto found, unless_missing(function::evaluate_lambda(
                                sort_.keys[i].key, std::span(&row, 1), context_.query.evaluation)));
      append_sort_key(sort_, i, found, key_);
    }
    if (!sorter_.wants(key_)) return {};
    Place place = rows_.size();
    if (sorter_.full()) {
      place = place_of(sorter_.last());
      row_bytes_ -= bytes_of(rows_[place]);
    } else {
      TRY_STATUS(memory_.add(2 * sizeof(Value)));  // a vector grows by doubling
      rows_.emplace_back();
    }
    row_bytes_ += bytes_of(row);
    rows_[place] = std::move(row);
    std::array<char, sizeof(Place)> content{};
    store_le(content.data(), place);
    TRY_STATUS(sorter_.add(key_, BytesView(content.data(), content.size()), row_bytes_));
    return check_most(sort_, sorter_.rows());
  }

  static std::size_t bytes_of(const Value& row) { return 2 * sizeof(Value) + row.memory_bytes(); }

  // --- What is written: the rows, of which places are no longer good ---

  Status encode(BytesView content, Bytes& out) {
    Value& row = rows_[place_of(content)];
    TRY_STATUS(value::encode_document(row, out));
    row = Value();
    return {};
  }
  void forget() {
    rows_ = Rows();
    row_bytes_ = 0;
    memory_ = MemoryCharge(context_.query);
  }

  algebra::Sort sort_;
  OperatorPtr input_;
  OperatorContext context_;
  MemoryCharge memory_;
  RowSorter sorter_;
  Rows rows_;  // of the sorter's buffer
  std::size_t row_bytes_ = 0;
  Bytes key_;  // of the row that is being added
};

}  // namespace

OperatorPtr make_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                      OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<SortOperator>(sort, keep, std::move(input), context);
}

}  // namespace octavo::exec
