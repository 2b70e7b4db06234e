#pragma once

// For commands that run on the connection's thread (kHere) and may write more than once. Where
// something there would have to wait, the command begins again on a worker, and what it had written
// would be written twice.

#include "base/result.h"
#include "protocol/mongodb/command/call.h"

namespace octavo::mongodb {

// Before the first of several writes: `would_block` where the call may not wait.
inline Status begin_several_writes(CommandCall& call) {
  if (call.context().may_wait) return {};
  return fail(Code::would_block, "Several writes are made on a worker.");
}

}  // namespace octavo::mongodb
