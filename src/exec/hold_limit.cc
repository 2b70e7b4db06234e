#include "exec/hold_limit.h"

#include <algorithm>
#include <utility>

#include "exec/spill_space.h"

namespace octavo::exec {

HoldLimit::HoldLimit(const OperatorContext& context, Worth worth) : query_(context.query) {
  const SpillSpace* const space = query_.spill;
  if (space == nullptr) return;
  query_bytes_ = space->options().query_bytes;
  part_ = query_bytes_ / 2 / std::max<std::size_t>(context.holders, 1);
  least_ = worth == Worth::any ? 0 : query_bytes_ / 64;
  if (space->options().hold_bytes > 0) part_ = space->options().hold_bytes;
}

bool HoldLimit::reached(std::size_t bytes, std::size_t room) {
  if (query_bytes_ == 0) return false;
  if (std::exchange(last_, bytes) > bytes) next_look_ = 0;  // it was written
  if (bytes < next_look_ && room == 0) return false;
  if (query_.spill->options().hold_bytes > 0) return bytes >= part_;
  next_look_ = bytes + query_bytes_ / 256;
  value::Account* const account = query_.evaluation.account;
  if (account == nullptr) return bytes >= part_;
  const std::size_t used = account->used();
  if (bytes >= part_ && used >= query_bytes_ / 2) return true;
  if (bytes < least_) return false;
  // Near the end of what the query may have, or of what is there for all.
  return used >= query_bytes_ / 4 * 3 || !account->require(query_bytes_ / 8 + room);
}

}  // namespace octavo::exec
