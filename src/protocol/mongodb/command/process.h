#pragma once

// What the server works on, as `currentOp` and the stage `$currentOp` show it.

#include <vector>

#include "protocol/mongodb/command/call.h"
#include "value/value.h"

namespace octavo::mongodb {

// The jobs of all protocols that the user of the call may see.
std::vector<value::Value> current_operations(CommandCall& call);

}  // namespace octavo::mongodb
