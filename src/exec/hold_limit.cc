#include "exec/hold_limit.h"

#include <algorithm>
#include <utility>

#include "exec/spill_space.h"

namespace octavo::exec {

HoldLimit::HoldLimit(const OperatorContext& context, Worth worth)
    : query_(context.query), space_(context.query.spill) {
  if (space_ == nullptr) return;
  query_bytes_ = space_->options().query_bytes;
  part_ = query_bytes_ / 2 / std::max<std::size_t>(context.holders, 1);
  least_ = worth == Worth::any ? 0 : query_bytes_ / 64;
}

HoldLimit::~HoldLimit() {
  if (counted_) space_->end_holding();
}

bool HoldLimit::reached(std::size_t bytes, std::size_t room) {
  if (space_ == nullptr) return false;
  if (space_->options().hold_bytes > 0) return bytes >= space_->options().hold_bytes;
  if (std::exchange(last_, bytes) > bytes) next_look_ = 0;  // it was written
  if (bytes < next_look_ && room == 0) return false;
  next_look_ = bytes + query_bytes_ / 256;
  value::Account* const account = query_.evaluation.account;
  if (account == nullptr) return bytes >= part_;
  const std::size_t used = account->used();
  if (bytes >= part_ && used >= query_bytes_ / 2) return true;
  if (bytes < least_) return false;
  if (!std::exchange(counted_, true)) space_->begin_holding();
  return used >= query_bytes_ / 4 * 3 || others_are_short(bytes) ||
         !account->require(query_bytes_ / 16 + room);
}

// The last eighth of the pool is for queries that hold little, and two more are for what those that
// write need for it.
bool HoldLimit::others_are_short(std::size_t bytes) const {
  const MemoryPool* const queries = space_->options().queries;
  if (queries == nullptr) return false;
  const std::size_t limit = queries->limit();
  const std::size_t used = queries->used();
  return used >= limit / 8 * 5 || (used >= limit / 2 && bytes >= limit / 2 / space_->holding());
}

}  // namespace octavo::exec
