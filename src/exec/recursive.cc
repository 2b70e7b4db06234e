#include <optional>
#include <utility>

#include "exec/operators.h"
#include "exec/profile.h"
#include "exec/row_list.h"
#include "exec/seen_values.h"

namespace octavo::exec {
namespace {

using value::Value;

class WorkingOperator final : public Operator {
 public:
  explicit WorkingOperator(const Rows& rows) : rows_(rows) {}

  Status next(std::size_t max_rows, Rows& out) override {
    for (std::size_t n = 0; n < max_rows && at_ < rows_.size(); ++n) out.push_back(rows_[at_++]);
    return {};
  }

 private:
  const Rows& rows_;
  std::size_t at_ = 0;
};

// Rows that are held, with what they are charged.
struct HeldRows {
  explicit HeldRows(QueryContext& query) : memory(query) {}

  Status add(Value row) {
    TRY_STATUS(memory.add(2 * sizeof(Value)));  // a vector grows by doubling
    rows.push_back(std::move(row));
    return {};
  }

  MemoryCharge memory;
  Rows rows;
};

// Holds the rows of the last step, over which the next one is made, and those of that one.
class RecursiveOperator final : public Operator {
 public:
  RecursiveOperator(const algebra::Recursive& recursive, OperatorPtr seed,
                    const OperatorContext& context)
      : recursive_(recursive),
        context_(context),
        last_(context.query),
        made_(context.query),
        given_(context),
        working_{.number = recursive.number, .rows = &last_.rows, .outer = context.working},
        step_(std::move(seed)) {
    if (recursive_.distinct_by != nullptr) seen_.emplace(context.query);
    const auto* const node =
        context.profiled == nullptr ? nullptr : context.profiled->find(*recursive.step);
    if (node != nullptr) step_origin_ = node->origin;
  }

  Status next(std::size_t max_rows, Rows& out) override {
    if (!recursive_.whole) return make_rows(max_rows, out);
    while (step_ != nullptr) {
      Rows batch;
      TRY_STATUS(make_rows(kBatchRows, batch));
      for (Value& row : batch) TRY_STATUS(given_.add(std::move(row)));
    }
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(auto row, given_.next());
      if (!row) break;
      out.push_back(*std::move(row));
    }
    return {};
  }

 private:
  // Appends rows of the step that is being made, or of the next one; none: no step gives any more.
  Status make_rows(std::size_t max_rows, Rows& out) {
    const std::size_t before = out.size();
    while (step_ != nullptr && out.size() == before) {
      TRY_STATUS(context_.query.check());
      batch_.clear();
      const Status read = step_->next(max_rows, batch_);
      for (const Value& row : batch_) TRY_STATUS(add(row, out));
      TRY_STATUS(read);
      if (batch_.empty()) TRY_STATUS(next_step());
    }
    return {};
  }

  Status add(const Value& row, Rows& out) {
    if (seen_) {
      TRY(const Value key, function::evaluate_lambda(recursive_.distinct_by, std::span(&row, 1),
                                                     context_.query.evaluation));
      TRY(const bool is_new, seen_->add(key));
      if (!is_new) return {};
    }
    TRY_STATUS(made_.add(row));
    out.push_back(row);
    return {};
  }

  Status next_step() {
    step_.reset();
    std::swap(last_, made_);
    made_ = HeldRows(context_.query);
    if (last_.rows.empty()) return {};
    if (++steps_ > recursive_.most.steps) {
      Error refusal{.code = Code::resource_exhausted, .what = recursive_.most.refusal};
      refusal.number = recursive_.most.number;
      return fail(std::move(refusal));
    }
    OperatorContext within = context_;
    within.working = &working_;
    TRY(step_, build(recursive_.step, within, step_origin_));
    return {};
  }

  algebra::Recursive recursive_;
  OperatorContext context_;
  HeldRows last_;
  HeldRows made_;
  RowList given_;  // of all steps, where they are wanted before any is given
  WorkingRows working_;
  const algebra::Plan* step_origin_ = nullptr;  // in the statement's plan
  OperatorPtr step_;                            // null: there is no further one
  std::optional<SeenValues> seen_;
  Rows batch_;
  std::uint64_t steps_ = 0;
};

}  // namespace

Result<OperatorPtr> make_working(const algebra::Working& working, const OperatorContext& context) {
  for (const WorkingRows* rows = context.working; rows != nullptr; rows = rows->outer) {
    if (rows->number == working.number) return std::make_unique<WorkingOperator>(*rows->rows);
  }
  return fail(Code::unsupported, "The rows of a step are read outside of it.");
}

OperatorPtr make_recursive(const algebra::Recursive& recursive, OperatorPtr seed,
                           const OperatorContext& context) {
  return std::make_unique<RecursiveOperator>(recursive, std::move(seed), context);
}

}  // namespace octavo::exec
