#include <algorithm>
#include <optional>

#include "exec/match_cache.h"
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
        cache_(context),
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
    if (const Rows* const known = cache_.find(*key)) {
      TRY_STATUS(put_out(*known, out));
      outer_.finish(out);
      return {};
    }
    if (!join_.index) {
      TRY(auto right, context_.source.get(join_.table, *key, context_.query));
      matches_.clear();
      if (right) matches_.push_back(*std::move(right));
      cache_.add(*key, matches_);
      TRY_STATUS(put_out(matches_, out));
      outer_.finish(out);
      return {};
    }
    const algebra::Scan scan{
        .table = join_.table, .index = join_.index, .keys = algebra::KeySet{{*key}}, .order = {}};
    TRY(cursor_, context_.source.open(scan, context_.query));
    if (cache_.wants(*key)) {
      key_ = *std::move(key);
      all_matches_.emplace();
    }
    return {};
  }

  Status take_matches(std::size_t max_rows, Rows& out) {
    TRY_STATUS(context_.query.check());
    matches_.clear();
    TRY_STATUS(cursor_->next(std::min(max_rows, kBatchRows), matches_));
    remember_matches();
    TRY_STATUS(put_out(matches_, out));
    if (!matches_.empty()) return {};
    cursor_.reset();
    outer_.finish(out);
    return {};
  }

  // For the cache, while there are few.
  void remember_matches() {
    if (!all_matches_) return;
    if (matches_.empty()) {
      cache_.add(key_, *all_matches_);
      all_matches_.reset();
    } else if (all_matches_->size() + matches_.size() > MatchCache::kMostMatches) {
      all_matches_.reset();
    } else {
      all_matches_->insert(all_matches_->end(), matches_.begin(), matches_.end());
    }
  }

  Status put_out(const Rows& matches, Rows& out) {
    if (work_ != nullptr) work_->found += matches.size();
    for (const auto& right : matches) TRY_STATUS(outer_.add(right, out));
    return {};
  }

  algebra::LookupJoin join_;
  OperatorContext context_;
  MatchCache cache_;
  OuterRows outer_;
  NodeWork* work_ = nullptr;           // null: it is not noted
  std::unique_ptr<RowCursor> cursor_;  // over the matches of the outer row; null: none are left
  Rows matches_;                       // that were read last
  value::Value key_;                   // of `cursor_`
  std::optional<Rows> all_matches_;    // of it, to be remembered
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), context);
}

}  // namespace octavo::exec
