#pragma once

#include "catalog/model.h"
#include "dialect/sql/bind/tables.h"

namespace octavo::mysql {

// A table that declares nothing, as SHOW CREATE TABLE shows it: with the columns that its rows were
// seen to have. Nothing of it is in force.
catalog::TableDefinition as_declared(const catalog::TableDefinition& table,
                                     const sql::InferredColumns& columns);

}  // namespace octavo::mysql
