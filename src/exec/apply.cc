#include <algorithm>

#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// For each outer row, the rows of a plan that is built for it.
class ApplyOperator final : public Operator {
 public:
  ApplyOperator(const algebra::Apply& apply, OperatorPtr outer, const OperatorContext& context)
      : apply_(apply), outer_(std::move(outer)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(context_.query.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      TRY_STATUS(context_.query.check());
      if (inner_ != nullptr) {
        TRY_STATUS(take_matches(full - out.size(), out));
        continue;
      }
      TRY(const bool more, next_outer(full - out.size()));
      if (!more) return {};
      TRY_STATUS(open());
    }
    return {};
  }

 private:
  Result<bool> next_outer(std::size_t wanted) {
    if (at_ == batch_.size()) {
      batch_.clear();
      at_ = 0;
      TRY_STATUS(read_);
      read_ = outer_->next(std::min(wanted, kBatchRows), batch_);
      if (batch_.empty() && read_) return false;
      if (batch_.empty()) return fail(read_.error());
    }
    left_ = std::move(batch_[at_++]);
    return true;
  }

  Status open() {
    TRY(const Value arguments, function::evaluate_lambda(apply_.arguments, std::span(&left_, 1),
                                                         context_.query.evaluation));
    algebra::Bindings bindings;
    for (std::size_t i = 0; i < apply_.params.size(); ++i) {
      bindings.emplace_back(apply_.params[i], arguments.as_array()[i]);
    }
    matched_ = false;
    plan_ = algebra::bind(apply_.inner, bindings);
    TRY(inner_, build(plan_, context_));
    return {};
  }

  Status take_matches(std::size_t max_rows, Rows& out) {
    matches_.clear();
    const Status read = inner_->next(std::min(max_rows, kBatchRows), matches_);
    for (const Value& right : matches_) TRY_STATUS(add(right, out));
    TRY_STATUS(read);
    if (!matches_.empty()) return {};
    inner_.reset();
    if (apply_.keep_unmatched && !matched_) out.push_back(pair(left_, Value()));
    return {};
  }

  Status add(const Value& right, Rows& out) {
    Value both = pair(left_, right);
    if (apply_.condition != nullptr) {
      TRY(const Value holds, function::evaluate_lambda(apply_.condition, std::span(&both, 1),
                                                       context_.query.evaluation));
      if (holds != Value::boolean(true)) return {};
    }
    matched_ = true;
    out.push_back(std::move(both));
    return {};
  }

  static Value pair(const Value& left, const Value& right) {
    std::vector<value::Field> fields;
    fields.push_back({"left", left});
    fields.push_back({"right", right});
    return Value::object(std::move(fields));
  }

  algebra::Apply apply_;
  OperatorPtr outer_;
  OperatorContext context_;
  Rows batch_;
  std::size_t at_ = 0;
  Status read_;            // what comes after the batch
  Value left_;             // the outer row whose matches are taken
  algebra::PlanPtr plan_;  // of `inner_`
  OperatorPtr inner_;      // over its matches; null: none are left
  Rows matches_;
  bool matched_ = false;
};

}  // namespace

OperatorPtr make_apply(const algebra::Apply& apply, OperatorPtr outer,
                       const OperatorContext& context) {
  return std::make_unique<ApplyOperator>(apply, std::move(outer), context);
}

}  // namespace octavo::exec
