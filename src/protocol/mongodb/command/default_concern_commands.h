#pragma once

#include "base/result.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

Result<Reply> run_get_defaults(CommandCall& call);
Result<Reply> run_set_defaults(CommandCall& call);

}  // namespace octavo::mongodb
