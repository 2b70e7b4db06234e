#pragma once

// collMod's `index`: what of an index may be changed while it is there.

#include <vector>

#include "base/result.h"
#include "protocol/mongodb/command/collection.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// The fields of the reply, {hidden_old, hidden_new, …}: none where it was so before. `checks_only`:
// whether it could be made unique is looked at, and nothing is changed.
Result<std::vector<value::Field>> modify_index(CommandCall& call, const Collection& collection,
                                               const value::Value& given, bool checks_only);

}  // namespace octavo::mongodb
