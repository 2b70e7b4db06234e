#pragma once

// Change streams: cursors over feeds of the engine, one for each collection that is watched. Events
// come in the order of the log, each once; a stream goes on from the token of any of its events.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "protocol/mongodb/command/change_event.h"
#include "protocol/mongodb/command/cursor.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Whether a pipeline begins with $changeStream.
bool is_change_stream(std::span<const value::Value> stages);

// The cursor of such a pipeline over the collection of the call, its database, or all of them.
Result<std::unique_ptr<Cursor>> open_change_stream(CommandCall& call,
                                                   std::span<const value::Value> stages);

}  // namespace octavo::mongodb
