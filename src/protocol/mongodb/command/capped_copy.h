#pragma once

// The documents of a collection in a capped one of another name; collections.cc has the row.

#include "base/result.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

Status may_clone_as_capped(CommandCall& call);
Result<Reply> run_clone_as_capped(CommandCall& call);

}  // namespace octavo::mongodb
