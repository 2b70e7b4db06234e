#include <algorithm>

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
    auto key =
        function::evaluate_lambda(join_.key, std::span(&left_, 1), context_.query.evaluation);
    if (!key && key.error().code == Code::missing_value) return {};
    if (!key) return fail(key.error());
    if (key->is_null()) return {};
    if (!join_.index) {
      TRY(const auto right, context_.source.get(join_.table, *key, context_.query));
      if (right) out.push_back(pair(left_, *right));
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
    if (matches_.empty()) cursor_.reset();
    for (const auto& right : matches_) out.push_back(pair(left_, right));
    return {};
  }

  static Value pair(const Value& left, const Value& right) {
    std::vector<value::Field> fields;
    fields.push_back({"left", left});
    fields.push_back({"right", right});
    return Value::object(std::move(fields));
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
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), context);
}

}  // namespace octavo::exec
