#pragma once

#include "base/result.h"
#include "protocol/mongodb/command/reply.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// How a call would be carried out, as the command `explain` tells: its plan alone.
Result<Reply> explain_plan(CommandCall& call);

}  // namespace octavo::mongodb
