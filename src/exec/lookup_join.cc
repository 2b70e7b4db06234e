#include <algorithm>
#include <optional>
#include <utility>

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
      if (at_ < matches_.size()) {
        TRY_STATUS(outer_.add(matches_[at_++], out));
      } else if (cursor_ != nullptr) {
        TRY_STATUS(read_matches(full - out.size()));
      } else if (std::exchange(has_outer_, false)) {
        outer_.finish(out);
      } else {
        TRY(has_outer_, outer_.next(full - out.size()));
        if (!has_outer_) return {};
        TRY_STATUS(look_up());
      }
    }
    return {};
  }

 private:
  // Finds what joins the outer row: one row at most by primary key, a cursor over all by index.
  Status look_up() {
    auto key = function::evaluate_lambda(join_.key, std::span(&outer_.row(), 1),
                                         context_.query.evaluation);
    const bool missing = !key && key.error().code == Code::missing_value;
    if (!key && !missing) return fail(key.error());
    begin_matches();
    if (missing || key->is_null()) return {};
    if (work_ != nullptr) ++work_->lookups;
    if (const Rows* const known = cache_.find(*key)) {
      matches_ = *known;
      note_found();
      return {};
    }
    if (!join_.index) {
      TRY(auto right, context_.source.get(join_.table, *key, context_.query));
      if (right) matches_.push_back(*std::move(right));
      cache_.add(*key, matches_);
      note_found();
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

  Status read_matches(std::size_t max_rows) {
    TRY_STATUS(context_.query.check());
    begin_matches();
    TRY_STATUS(cursor_->next(std::min(max_rows, kBatchRows), matches_));
    remember_matches();
    note_found();
    if (matches_.empty()) cursor_.reset();
    return {};
  }
  void begin_matches() {
    matches_.clear();
    at_ = 0;
  }
  void note_found() {
    if (work_ != nullptr) work_->found += matches_.size();
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

  algebra::LookupJoin join_;
  OperatorContext context_;
  MatchCache cache_;
  OuterRows outer_;
  bool has_outer_ = false;             // a row that has matches left, or is to be finished
  NodeWork* work_ = nullptr;           // null: it is not noted
  std::unique_ptr<RowCursor> cursor_;  // over the matches of the outer row; null: none are left
  Rows matches_;                       // that were read last
  std::size_t at_ = 0;                 // the first of them that has not been put out
  value::Value key_;                   // of `cursor_`
  std::optional<Rows> all_matches_;    // of it, to be remembered
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), context);
}

}  // namespace octavo::exec
