#pragma once

// How commands and the profiler meet: what is recorded of a call, and the collection
// `system.profile` as they read and drop it. To read it and to set a level, a user needs the right
// `config` of the database.

#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "protocol/mongodb/command/profiler.h"
#include "protocol/mongodb/command/reply.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Records the call if it was about a collection and the settings, which are those of its beginning,
// want it. Each statement of `update` and `delete` is an operation, with its share of what the
// reply says; the time is the command's.
void record_operation(CommandCall& call, const Reply& reply, const ProfileSettings& settings);

// The entries of `system.profile`; none of any other collection.
Result<std::vector<value::Value>> read_profile(CommandCall& call, const CollectionName& name);
// 20 while operations are recorded.
Status drop_profile(CommandCall& call);
// With its database.
void forget_profile(CommandCall& call);

}  // namespace octavo::mongodb
