#pragma once

// Writes of users who have a part of `write` only, as roles give it: each row is looked at when it
// is known whether it is new, changes, or goes.

#include <optional>

#include "base/result.h"
#include "catalog/model.h"
#include "engine/access.h"
#include "exec/context.h"
#include "exec/write.h"

namespace octavo::engine {

// `permission_denied`: not even a part of it.
Status require_some_write(const Access& access, const exec::QueryContext& context,
                          const catalog::TableDefinition& table);

// Nothing: the user has all of it. Else the same writes, of which those rows fail with
// `permission_denied` that are not allowed. What is returned refers to the arguments.
std::optional<exec::RowWrites> writes_within_rights(const Access& access,
                                                    const exec::QueryContext& context,
                                                    const catalog::TableDefinition& table,
                                                    const exec::RowWrites& writes);

}  // namespace octavo::engine
