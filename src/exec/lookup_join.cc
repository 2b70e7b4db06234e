#include <algorithm>

#include "exec/operators.h"
#include "exec/outer_rows.h"
#include "exec/profile.h"

namespace octavo::exec {
namespace {

// For each outer row, the rows of a table whose key equals an expression over it. A row whose
// expression has no value joins nothing.
class LookupJoinOperator final : public Operator {
 public:
  LookupJoinOperator(const algebra::LookupJoin& join, OperatorPtr outer,
                     const OperatorContext& context)
      : join_(join),
        context_(context),
        outer_(std::move(outer), join.condition, join.keep_unmatched, context.query) {
    const auto* const node = context.profiled == nullptr ? nullptr : context.profiled->find(join);
    if (node != nullptr) work_ = node->work;
  }

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(context_.query.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      if (cursor_ != nullptr) {
        TRY_STATUS(take_matches(full - out.size(), out));
        continue;
      }
      TRY(const bool more, outer_.next(full - out.size()));
      if (!more) return {};
      TRY_STATUS(look_up(out));
    }
    return {};
  }

 private:
  // Finds what joins the outer row: one row at most by primary key, a cursor over all by index.
  Status look_up(Rows& out) {
    auto key = function::evaluate_lambda(join_.key, std::span(&outer_.row(), 1),
                                         context_.query.evaluation);
    const bool missing = !key && key.error().code == Code::missing_value;
    if (!key && !missing) return fail(key.error());
    if (missing || key->is_null()) {
      outer_.finish(out);
      return {};
    }
    if (work_ != nullptr) ++work_->lookups;
    if (!join_.index) {
      TRY(const auto right, context_.source.get(join_.table, *key, context_.query));
      if (work_ != nullptr && right) ++work_->found;
      if (right) TRY_STATUS(outer_.add(*right, out));
      outer_.finish(out);
      return {};
    }
    const algebra::Scan scan{
        .table = join_.table, .index = join_.index, .keys = algebra::KeySet{{*key}}, .order = {}};
    TRY(cursor_, context_.source.open(scan, context_.query));
    return {};
  }

  Status take_matches(std::size_t max_rows, Rows& out) {
    TRY_STATUS(context_.query.check());
    matches_.clear();
    TRY_STATUS(cursor_->next(std::min(max_rows, kBatchRows), matches_));
    if (work_ != nullptr) work_->found += matches_.size();
    for (const auto& right : matches_) TRY_STATUS(outer_.add(right, out));
    if (!matches_.empty()) return {};
    cursor_.reset();
    outer_.finish(out);
    return {};
  }

  algebra::LookupJoin join_;
  OperatorContext context_;
  OuterRows outer_;
  NodeWork* work_ = nullptr;           // null: it is not noted
  std::unique_ptr<RowCursor> cursor_;  // over the matches of the outer row; null: none are left
  Rows matches_;
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), context);
}

}  // namespace octavo::exec
