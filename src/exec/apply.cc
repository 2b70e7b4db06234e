#include <algorithm>

#include "exec/operators.h"
#include "exec/outer_rows.h"
#include "exec/profile.h"

namespace octavo::exec {
namespace {

using value::Value;

// For each outer row, the rows of a plan that is built for it.
class ApplyOperator final : public Operator {
 public:
  ApplyOperator(const algebra::Apply& apply, OperatorPtr outer, const OperatorContext& context)
      : apply_(apply),
        context_(context),
        outer_(std::move(outer), apply.condition, apply.keep_unmatched, context.query) {
    const auto* const node =
        context.profiled == nullptr ? nullptr : context.profiled->find(*apply.inner);
    if (node != nullptr) origin_ = node->origin;
  }

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(context_.query.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      if (inner_ != nullptr) {
        TRY_STATUS(take_matches(full - out.size(), out));
        continue;
      }
      TRY(const bool more, outer_.next(full - out.size()));
      if (!more) return {};
      TRY_STATUS(open());
    }
    return {};
  }

 private:
  Status open() {
    TRY(const Value arguments,
        function::evaluate_lambda(apply_.arguments, std::span(&outer_.row(), 1),
                                  context_.query.evaluation));
    algebra::Bindings bindings;
    for (std::size_t i = 0; i < apply_.params.size(); ++i) {
      bindings.emplace_back(apply_.params[i], arguments.as_array()[i]);
    }
    plan_ = algebra::bind(apply_.inner, bindings);
    TRY(inner_, build(plan_, context_, origin_));
    return {};
  }

  Status take_matches(std::size_t max_rows, Rows& out) {
    TRY_STATUS(context_.query.check());
    matches_.clear();
    const Status read = inner_->next(std::min(max_rows, kBatchRows), matches_);
    for (const Value& right : matches_) TRY_STATUS(outer_.add(right, out));
    TRY_STATUS(read);
    if (!matches_.empty()) return {};
    inner_.reset();
    outer_.finish(out);
    return {};
  }

  algebra::Apply apply_;
  OperatorContext context_;
  OuterRows outer_;
  const algebra::Plan* origin_ = nullptr;  // of the inner plan, in the statement's
  algebra::PlanPtr plan_;                  // of `inner_`
  OperatorPtr inner_;                      // over the matches of the outer row; null: none are left
  Rows matches_;
};

}  // namespace

OperatorPtr make_apply(const algebra::Apply& apply, OperatorPtr outer,
                       const OperatorContext& context) {
  return std::make_unique<ApplyOperator>(apply, std::move(outer), context);
}

}  // namespace octavo::exec
