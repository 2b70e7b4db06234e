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
// The same once those transactions have ended that have written to a table which changes: what they
// have written holds for its definition as it was. Not in a transaction. `alter`: rows may move.
// Waits also until new indexes are built, and says that they could not be; they are defined then.
Status alter(CommandCall& call, const catalog::DecideAlteration& decide);
Status define_alone(CommandCall& call, const engine::Engine::Decide& decide);

}  // namespace octavo::mongodb
