#include "protocol/mysql/language/grants.h"

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "engine/plan_tables.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

using catalog::Permission;

Status may(SqlSession& session, Permission permission, std::string_view command,
           const catalog::TableDefinition& table) {
  const engine::Access& access = session.shared().service.engine.access();
  if (access.require(session.account(), permission, table.database, table.id)) return {};
  return sql::error<1142>(command, session.client_user(), session.client_host(), table.name);
}

}  // namespace

Status may_read(SqlSession& session, const catalog::CatalogState&,
                const catalog::TableDefinition& table) {
  return may(session, Permission::read, "SELECT", table);
}

Status may_read(SqlSession& session, const catalog::CatalogState& definitions,
                const algebra::PlanPtr& plan) {
  for (const TableId id : engine::tables_of(plan)) {
    const catalog::TableDefinition* table = definitions.find_table(id);
    if (table != nullptr) TRY_STATUS(may(session, Permission::read, "SELECT", *table));
  }
  return {};
}

Status may_write(SqlSession& session, std::string_view command,
                 const catalog::TableDefinition& table) {
  return may(session, Permission::write, command, table);
}

bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::TableDefinition& table) {
  return definitions.allows(user, Permission::read, table.database, table.id) ||
         definitions.allows(user, Permission::config, table.database, table.id);
}

bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::DatabaseDefinition& database) {
  if (definitions.allows(user, Permission::read, database.id, std::nullopt)) return true;
  if (definitions.allows(user, Permission::config, database.id, std::nullopt)) return true;
  return std::ranges::any_of(definitions.tables(database.id),
                             [&](const auto* table) { return sees(definitions, user, *table); });
}

Result<const catalog::DatabaseDefinition*> find_database(SqlSession& session,
                                                         const catalog::CatalogState& definitions,
                                                         std::string_view name) {
  const catalog::DatabaseDefinition* database = definitions.find_database(name);
  if (database == nullptr) return sql::error<1049>(name);
  if (!sees(definitions, session.account(), *database)) {
    return sql::error<1044>(session.client_user(), session.client_host(), name);
  }
  return database;
}

}  // namespace octavo::mysql
