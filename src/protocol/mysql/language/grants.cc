#include "protocol/mysql/language/grants.h"

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "catalog/reserved.h"
#include "dialect/sql/error/error.h"
#include "engine/plan_tables.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

using catalog::Permission;

struct UseRow {
  sql::TableUse use;
  Permission permission;
  std::string_view privilege;  // as messages name it
};
constexpr std::array kUses = std::to_array<UseRow>({
    {sql::TableUse::read, Permission::read, "SELECT"},
    {sql::TableUse::lock, Permission::write, "SELECT, UPDATE"},
    {sql::TableUse::insert, Permission::write, "INSERT"},
    {sql::TableUse::replace, Permission::write, "INSERT, DELETE"},
    {sql::TableUse::update, Permission::write, "UPDATE"},
    {sql::TableUse::erase, Permission::write, "DELETE"},
});
static_assert(rows_in_place(kUses, &UseRow::use, sql::TableUse::erase));

Status may(SqlSession& session, Permission permission, std::string_view command,
           const catalog::TableDefinition& table) {
  const engine::Access& access = session.shared().service.engine.access();
  if (access.require(session.account(), permission, table.database, table.id)) return {};
  return sql::error<1142>(command, session.client_user(), session.client_host(), table.name);
}

Status may_read_all(SqlSession& session, const catalog::CatalogState& definitions,
                    const std::vector<TableId>& tables) {
  for (const TableId id : tables) {
    const catalog::TableDefinition* table = definitions.find_table(id);
    if (table != nullptr) TRY_STATUS(may_use(session, sql::TableUse::read, *table));
  }
  return {};
}

}  // namespace

Status may_use(SqlSession& session, sql::TableUse use, const catalog::TableDefinition& table) {
  const UseRow& row = row_of(kUses, use);
  return may(session, row.permission, row.privilege, table);
}

Status may_read(SqlSession& session, const catalog::CatalogState& definitions,
                const algebra::PlanPtr& plan) {
  return may_read_all(session, definitions, engine::tables_of(plan));
}

Status may_read(SqlSession& session, const catalog::CatalogState& definitions,
                const algebra::ExprPtr& expression) {
  return may_read_all(session, definitions, engine::tables_of(expression));
}

Status may_define(SqlSession& session, std::string_view command,
                  const catalog::TableDefinition& table) {
  return may(session, Permission::config, command, table);
}

bool sees_users(SqlSession& session) {
  const engine::Access& access = session.shared().service.engine.access();
  const auto reads = [&](TableId table) {
    return access.require(session.account(), Permission::read, catalog::kSystemDatabase, table)
        .has_value();
  };
  return reads(catalog::kUsers) && reads(catalog::kGrants);
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
