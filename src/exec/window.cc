#include <optional>

#include "exec/hold_limit.h"
#include "exec/operators.h"
#include "exec/running_window.h"
#include "exec/sort_keys.h"
#include "exec/window_results.h"

namespace octavo::exec {
namespace {

using value::Value;

// Holds one partition at a time, and what its functions give. One that is too large for that is
// gone through with running functions, if all of them can.
class WindowOperator final : public Operator {
 public:
  WindowOperator(const algebra::Window& window, OperatorPtr input, const OperatorContext& context)
      : window_(window),
        sort_(sort_of(window)),
        input_(std::move(input)),
        context_(context),
        limit_(context),
        may_run_(is_running(window_)),
        results_memory_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(const bool more, n == 0 ? make_ready() : Result<bool>(is_ready()));
      if (!more) return {};
      out.push_back(take());
    }
    return {};
  }

 private:
  std::size_t size() const { return partition_ ? partition_->size() : 0; }
  bool is_ready() const { return running_ ? running_->ready() : at_ < size(); }

  // False: there are no further rows.
  Result<bool> make_ready() {
    if (is_ready()) return true;
    if (running_) TRY_STATUS(run());
    if (is_ready()) return true;
    running_.reset();
    TRY_STATUS(read_partition());
    if (running_) TRY_STATUS(run());
    return is_ready();
  }

  Value take() {
    if (running_) return running_->take();
    std::vector<Value> row{partition_->take(at_)};
    for (std::vector<Value>& results : results_) row.push_back(std::move(results[at_]));
    ++at_;
    return Value::array(std::move(row));
  }

  // Until a row has its results, or the partition is at its end: the rows of it that are held, and
  // then those that come.
  Status run() {
    while (!running_->ready()) {
      if (at_ < size()) {
        while (at_ >= partition_->peers(group_).end) ++group_;
        TRY_STATUS(running_->add(partition_->take(at_++), partition_->keys()[group_]));
        continue;
      }
      partition_.reset();
      TRY(const bool there, look_at_next());
      if (!there || next_partition_ != partition_key_) return running_->finish();
      TRY_STATUS(running_->add(std::move(batch_[batch_at_]), next_order_));
      ++batch_at_;
      looked_ = false;
    }
    return {};
  }

  Status read_partition() {
    results_.clear();
    results_memory_ = MemoryCharge(context_.query);
    partition_.emplace(context_.query);
    at_ = 0;
    for (;;) {
      if (may_run_ && partition_->size() > 0 && limit_.reached(partition_->bytes())) {
        running_.emplace(window_, context_.query);
        group_ = 0;
        return {};
      }
      TRY(const bool there, look_at_next());
      if (!there || (partition_->size() > 0 && next_partition_ != partition_key_)) break;
      partition_key_ = next_partition_;
      TRY_STATUS(partition_->add(std::move(batch_[batch_at_]), next_order_));
      ++batch_at_;
      looked_ = false;
    }
    for (const algebra::WindowFunction& function : window_.functions) {
      TRY_STATUS(results_memory_.add(partition_->size() * sizeof(Value)));
      TRY(std::vector<Value> results,
          window_results(function, window_, *partition_, context_.query));
      results_.push_back(std::move(results));
    }
    return {};
  }

  // Whether there is a row behind those that were taken, whose keys are then known.
  Result<bool> look_at_next() {
    if (looked_) return true;
    if (batch_at_ == batch_.size()) {
      batch_.clear();
      batch_at_ = 0;
      TRY_STATUS(context_.query.check());
      TRY_STATUS(input_->next(kBatchRows, batch_));
      if (batch_.empty()) return false;
    }
    next_partition_.clear();
    next_order_.clear();
    for (std::size_t i = 0; i < sort_.keys.size(); ++i) {
      TRY(const auto found,
          unless_missing(function::evaluate_lambda(
              sort_.keys[i].key, std::span(&batch_[batch_at_], 1), context_.query.evaluation)));
      append_sort_key(sort_, i, found,
                      i < window_.partition.size() ? next_partition_ : next_order_);
    }
    looked_ = true;
    return true;
  }

  algebra::Window window_;
  algebra::Sort sort_;  // whose order the rows of `input_` have
  OperatorPtr input_;
  OperatorContext context_;
  HoldLimit limit_;
  bool may_run_;
  Rows batch_;
  std::size_t batch_at_ = 0;
  bool looked_ = false;  // the next row's keys are known
  Bytes next_partition_;
  Bytes next_order_;
  Bytes partition_key_;
  std::optional<Partition> partition_;
  MemoryCharge results_memory_;
  std::vector<std::vector<Value>> results_;  // of each function
  std::size_t at_ = 0;                       // of the partition: what goes out next
  std::optional<RunningWindow> running_;     // over this one, which is too large to be held
  std::size_t group_ = 0;                    // of peers in what is held of it
};

}  // namespace

algebra::Sort sort_of(const algebra::Window& window) {
  algebra::Sort sort{.input = window.input, .order = window.compared_in};
  for (const algebra::ExprPtr& key : window.partition) sort.keys.push_back({.key = key});
  sort.keys.insert(sort.keys.end(), window.order.begin(), window.order.end());
  return sort;
}

OperatorPtr make_window(const algebra::Window& window, OperatorPtr input,
                        const OperatorContext& context) {
  return std::make_unique<WindowOperator>(window, std::move(input), context);
}

}  // namespace octavo::exec
