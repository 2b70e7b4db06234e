#pragma once

// Flags of commands that only this protocol looks at, beside those of keyspace/command.h.

#include "keyspace/command.h"

namespace octavo::redis {

// Runs while a script that takes long holds up all others, if it does (`redis-busy-scripts`).
inline constexpr keyspace::CommandFlags kWhileBusy = keyspace::CommandFlags{1} << 48;

}  // namespace octavo::redis
