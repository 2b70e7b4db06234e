#pragma once

// The tables of database `rethinkdb`: views of definitions, users and the server, computed when
// read. A write to one is carried out as the administrative command it stands for.

#include <string>
#include <string_view>
#include <vector>

#include "dialect/reql/host.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {

using value::Value;

reql::DatabasePtr system_database();
std::vector<std::string> system_table_names();  // sorted
// Null when there is no such table.
Result<reql::TablePtr> find_system_table(std::string_view name, reql::IdentifierFormat format);
bool is_system_table(TableId table);

// All rows, in primary key order.
Result<std::vector<Value>> system_rows(ServiceState& service, TableId table);

// The definition changes that turn `before` into `after` (either null: the row is not there).
// OP_FAILED for rows that cannot be changed so.
Result<std::vector<catalog::Change>> system_write(ServiceState& service,
                                                  const catalog::CatalogState& state, TableId table,
                                                  const Value& before, const Value& after);

// `plan` with each scan of a system table, which the query must be allowed to read, replaced by its
// rows.
Result<algebra::PlanPtr> expand_system_scans(ServiceState& service, exec::QueryContext& query,
                                             const algebra::PlanPtr& plan);

}  // namespace octavo::rethinkdb
