#pragma once

// Configuration documents as clients see them: rows of db_config, table_config, permissions, users.

#include "catalog/model.h"
#include "dialect/reql/host.h"

namespace octavo::rethinkdb {

using value::Value;

constexpr std::size_t kMaxShards = 64;

// What a table's configuration says beyond its definition. One server holds every replica, so none
// of it moves rows; it is kept and shown, as tools that read it back expect.
struct Placement {
  std::size_t shards = 1;
  bool single_ack = false;  // write_acks "single" and not "majority"
};
Placement placement_of(const catalog::TableDefinition& table);
void set_placement(catalog::PerProtocol& options, const Placement& placement);

Value database_config(const catalog::DatabaseDefinition& database);

// `format` decides whether `db` and servers are shown by name or by id.
Value table_config(const catalog::CatalogState& state, const catalog::TableDefinition& table,
                   std::string_view server_name, reql::IdentifierFormat format);
Value table_status(const catalog::CatalogState& state, const catalog::TableDefinition& table,
                   std::string_view server_name, reql::IdentifierFormat format);

// The permissions object of a grant, or null when it grants nothing.
Value permissions_value(const catalog::Permissions& permissions);
// `base` with the given permissions set, or unset where null is given. OP_FAILED for anything else.
Result<catalog::Permissions> parse_permissions(const Value& object, catalog::Permissions base,
                                               bool global);

}  // namespace octavo::rethinkdb
