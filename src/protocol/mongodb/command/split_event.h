#pragma once

// $changeStreamSplitLargeEvent: an event that is larger than a document may be, in parts (MongoDB
// manual, "$changeStreamSplitLargeEvent").

#include <span>
#include <vector>

#include "base/result.h"
#include "protocol/mongodb/command/change_event.h"
#include "value/value.h"

namespace octavo::mongodb {

// Whether the pipeline of a change stream ends with that stage.
bool splits_events(std::span<const value::Value> stages);

// Larger than a reply may have it.
bool is_too_large(const value::Value& event);

// {_id, splitEvent: {fragment, of}, …}: the fields of the event, small ones first, in as many parts
// as they need. The last part's `_id` is the event's; with that of another a stream goes on behind
// it: `before` is the place of the event before this one. 10334: a field is too large by itself.
Result<std::vector<value::Value>> split_event(const value::Value& event, const ResumeToken& before);

}  // namespace octavo::mongodb
