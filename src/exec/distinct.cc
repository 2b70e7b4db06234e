#include <optional>
#include <vector>

#include "exec/hold_limit.h"
#include "exec/operators.h"
#include "exec/seen_values.h"
#include "exec/spill_partitions.h"
#include "value/document.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::Value;

// Holds what it has given. From the moment that this is as much as it may hold, rows that are not
// among them are written to disk, divided by what they are, and given when the input is at its end:
// one file after the other, each as if it were an input.
class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, const OperatorContext& context)
      : input_(std::move(input)),
        context_(context),
        limit_(context, HoldLimit::Worth::any),
        seen_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(context_.query.check());
      batch_.clear();
      const Status read = read_rows(max_rows);
      for (const Value& row : batch_) TRY_STATUS(add(row, out));
      TRY_STATUS(read);
      if (!batch_.empty()) continue;
      TRY(const bool more, next_file());
      if (!more) return {};
    }
    return {};
  }

 private:
  // Rows that were not given, and may be equal to each other.
  struct Later {
    std::unique_ptr<RowFile> rows;
    unsigned level = 0;  // how many times they have been divided
  };

  Status read_rows(std::size_t max_rows) {
    if (input_ != nullptr) return input_->next(max_rows, batch_);
    const function::BatchBytes bytes(context_.query.evaluation);
    while (reader_ && batch_.size() < max_rows && !bytes.enough()) {
      TRY(const bool more, reader_->next());
      if (!more) break;
      TRY(Value row, value::decode_document(reader_->content()));
      batch_.push_back(std::move(row));
    }
    return {};
  }

  Status add(const Value& row, Rows& out) {
    if (!others_ && is_full()) others_.emplace(current_.level, context_.query);
    if (others_) return seen_.contains(row) ? Status() : put_off(row);
    TRY(const bool is_new, seen_.add(row));
    if (is_new) out.push_back(row);
    return {};
  }
  // At the last level rows that differ cannot be told apart any more.
  bool is_full() {
    return seen_.bytes() > 0 && current_.level < SpillPartitions::kLevels &&
           limit_.reached(seen_.bytes());
  }
  Status put_off(const Value& row) {
    key_.clear();
    value::encode_order_key(row, value::Order::native, key_);
    content_.clear();
    TRY_STATUS(value::encode_document(row, content_));
    return others_->add(key_, content_);
  }

  // Goes on to rows that were put off. False: there are none.
  Result<bool> next_file() {
    input_.reset();
    reader_.reset();
    if (others_) {
      TRY(auto files, others_->finish());
      others_.reset();
      for (auto& rows : files) {
        if (rows != nullptr) later_.push_back({std::move(rows), current_.level + 1});
      }
    }
    if (later_.empty()) return false;
    seen_ = SeenValues(context_.query);
    current_ = std::move(later_.back());
    later_.pop_back();
    reader_.emplace(*current_.rows, context_.query);
    return true;
  }

  OperatorPtr input_;  // null: it is at its end
  OperatorContext context_;
  HoldLimit limit_;
  SeenValues seen_;
  Rows batch_;
  std::optional<SpillPartitions> others_;  // of what is being read
  std::vector<Later> later_;
  Later current_;                        // behind the input
  std::optional<RowFileReader> reader_;  // of that
  Bytes key_;
  Bytes content_;
};

}  // namespace

OperatorPtr make_distinct(OperatorPtr input, const OperatorContext& context) {
  return std::make_unique<DistinctOperator>(std::move(input), context);
}

}  // namespace octavo::exec
