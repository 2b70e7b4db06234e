#include <algorithm>

#include "exec/join_pair.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// For each outer row, the rows of a table whose key equals an expression over it. A row whose
// expression has no value joins nothing.
class LookupJoinOperator final : public Operator {
 public:
  LookupJoinOperator(const algebra::LookupJoin& join, OperatorPtr outer,
                     const OperatorContext& context)
      : join_(join), outer_(std::move(outer)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(context_.query.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      if (cursor_ != nullptr) {
        TRY_STATUS(take_matches(full - out.size(), out));
        continue;
      }
      TRY(const bool more, next_outer(full - out.size()));
      if (!more) return {};
      TRY_STATUS(look_up(out));
    }
    return {};
  }

 private:
  Result<bool> next_outer(std::size_t wanted) {
    TRY_STATUS(context_.query.check());
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

  // Finds what joins `left_`: one row at most by primary key, a cursor over all by index.
  Status look_up(Rows& out) {
    matched_ = false;
    auto key =
        function::evaluate_lambda(join_.key, std::span(&left_, 1), context_.query.evaluation);
    const bool missing = !key && key.error().code == Code::missing_value;
    if (!key && !missing) return fail(key.error());
    if (missing || key->is_null()) return end_matches(out);
    if (!join_.index) {
      TRY(const auto right, context_.source.get(join_.table, *key, context_.query));
      if (right) TRY_STATUS(add(*right, out));
      return end_matches(out);
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
    for (const auto& right : matches_) TRY_STATUS(add(right, out));
    if (!matches_.empty()) return {};
    cursor_.reset();
    return end_matches(out);
  }

  Status add(const Value& right, Rows& out) {
    Value both = join_pair(left_, right);
    if (join_.condition != nullptr) {
      TRY(const Value holds, function::evaluate_lambda(join_.condition, std::span(&both, 1),
                                                       context_.query.evaluation));
      if (holds != Value::boolean(true)) return {};
    }
    matched_ = true;
    out.push_back(std::move(both));
    return {};
  }

  Status end_matches(Rows& out) const {
    if (join_.keep_unmatched && !matched_) out.push_back(join_pair(left_, Value()));
    return {};
  }

  algebra::LookupJoin join_;
  OperatorPtr outer_;
  OperatorContext context_;
  Rows batch_;
  std::size_t at_ = 0;
  Status read_;                        // what comes after the batch
  Value left_;                         // the outer row that is being joined
  std::unique_ptr<RowCursor> cursor_;  // over its matches; null: none are left
  Rows matches_;
  bool matched_ = false;  // something did
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), context);
}

}  // namespace octavo::exec
