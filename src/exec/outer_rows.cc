#include "exec/outer_rows.h"

#include <algorithm>
#include <utility>

#include "exec/join_pair.h"

namespace octavo::exec {

using value::Value;

Result<bool> OuterRows::next(std::size_t wanted) {
  TRY_STATUS(query_.check());
  matched_ = false;
  if (at_ == batch_.size()) {
    batch_.clear();
    at_ = 0;
    TRY_STATUS(read_);
    read_ = outer_->next(std::min(wanted, kBatchRows), batch_);
    if (batch_.empty() && read_) return false;
    if (batch_.empty()) return fail(read_.error());
  }
  row_ = std::move(batch_[at_++]);
  return true;
}

Status OuterRows::add(const Value& right, Rows& out) {
  Value both = join_pair(row_, right);
  if (condition_ != nullptr) {
    TRY(const Value holds,
        function::evaluate_lambda(condition_, std::span(&both, 1), query_.evaluation));
    if (holds != Value::boolean(true)) return {};
  }
  matched_ = true;
  out.push_back(std::move(both));
  return {};
}

void OuterRows::finish(Rows& out) const {
  if (keep_unmatched_ && !matched_) out.push_back(join_pair(row_, Value()));
}

}  // namespace octavo::exec
