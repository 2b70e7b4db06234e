#pragma once

// The tables of database `rethinkdb`: views of definitions, users and the server, computed when
// read. A write to one is carried out as the administrative command it stands for.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/reql/host.h"
#include "protocol/common/virtual_tables.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {

using value::Value;

reql::DatabasePtr system_database();
std::vector<std::string> system_table_names();  // sorted
// Null when there is no such table.
reql::TablePtr find_system_table(std::string_view name, reql::IdentifierFormat format);

// For engine::Engine::add. `service` outlives it.
std::unique_ptr<engine::VirtualTables> make_system_tables(ServiceState& service);

// What is answered to who writes a system table that stands for nothing.
std::unexpected<Error> not_writable(std::string_view table);

// A row as it is now, whoever asks; null when there is none. `table` is one of them.
Value system_row(ServiceState& service, std::string_view table, const Value& key,
                 const exec::QueryContext& query);

}  // namespace octavo::rethinkdb
