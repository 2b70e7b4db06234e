#pragma once

// UPDATE and DELETE of rows of a join: each row of a table is written once.

#include <memory>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "protocol/mysql/language/edit_rows.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

// On a worker. `tables`: those of the edit, in its order. What is referred to outlives the call.
Result<EditCounts> edit_joined(
    Execution& execution, const sql::BoundJoinedEdit& edit,
    const std::vector<std::shared_ptr<const catalog::TableDefinition>>& tables);

}  // namespace octavo::mysql
