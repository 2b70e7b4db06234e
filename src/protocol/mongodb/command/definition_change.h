#pragma once

// Changes of definitions by commands.

#include "base/lsn.h"
#include "base/result.h"
#include "catalog/alteration.h"
#include "engine/engine.h"

namespace octavo::mongodb {

class CommandCall;

// Commits changes; the call waits for their durability.
Status define(CommandCall& call, const engine::Engine::Decide& decide);
// The same for what takes a table, or an index, away from those who use it, or moves its rows.
Status alter(CommandCall& call, const catalog::DecideAlteration& decide);
Status drop(CommandCall& call, const engine::Engine::Decide& decide);

}  // namespace octavo::mongodb
