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
    {sql::TableUse::insert, Permission::insert, "INSERT"},
    {sql::TableUse::replace, Permission::write, "INSERT, DELETE"},
    {sql::TableUse::update, Permission::update, "UPDATE"},
    {sql::TableUse::erase, Permission::remove, "DELETE"},
});
static_assert(rows_in_place(kUses, &UseRow::use, sql::TableUse::erase));

std::unexpected<Error> denied(SqlSession& session, std::string_view command,
                              std::string_view name) {
  return sql::error<1142>(command, session.client_user(), session.client_host(), name);
}

// Of a table, or of a view.
template <class Definition>
Status may(SqlSession& session, const std::string& user, Permission permission,
           std::string_view command, const Definition& definition) {
  const engine::Access& access = session.shared().service.engine.access();
  if (access.require(user, permission, definition.database, definition.id)) return {};
  return denied(session, command, definition.name);
}

Status may_read_all(SqlSession& session, const exec::QueryContext& query,
                    const catalog::CatalogState& definitions, const std::vector<TableId>& tables) {
  for (const TableId id : tables) {
    const catalog::TableDefinition* table = definitions.find_table(id);
    if (table != nullptr) TRY_STATUS(may_use(session, query, sql::TableUse::read, *table));
  }
  return {};
}

}  // namespace

Status may_use(SqlSession& session, sql::TableUse use, const catalog::TableDefinition& table) {
  const UseRow& row = row_of(kUses, use);
  return may(session, session.account(), row.permission, row.privilege, table);
}

Status may_use(SqlSession& session, sql::TableUse use, const catalog::ViewDefinition& view) {
  const UseRow& row = row_of(kUses, use);
  return may(session, session.account(), row.permission, row.privilege, view);
}

Status may_use_as(SqlSession& session, const std::string& user, sql::TableUse use,
                  const catalog::TableDefinition& table, exec::QueryContext& query) {
  const UseRow& row = row_of(kUses, use);
  TRY_STATUS(may(session, user, row.permission, row.privilege, table));
  const auto is_lent = [&](const exec::LentRight& lent) {
    return lent.table == table.id && lent.user == user;
  };
  if (std::ranges::none_of(query.lent, is_lent)) query.lent.push_back({table.id, user});
  return {};
}

Status may_use_as(SqlSession& session, const std::string& user, sql::TableUse use,
                  const catalog::ViewDefinition& view) {
  const UseRow& row = row_of(kUses, use);
  return may(session, user, row.permission, row.privilege, view);
}

Status may_use(SqlSession& session, const exec::QueryContext& query, sql::TableUse use,
               const catalog::TableDefinition& table) {
  const UseRow& row = row_of(kUses, use);
  const engine::Access& access = session.shared().service.engine.access();
  if (access.require(query, row.permission, table.database, table.id)) return {};
  return denied(session, row.privilege, table.name);
}

Status may_read(SqlSession& session, const exec::QueryContext& query,
                const catalog::CatalogState& definitions, const algebra::PlanPtr& plan) {
  return may_read_all(session, query, definitions, engine::tables_of(plan));
}

Status may_read(SqlSession& session, const exec::QueryContext& query,
                const catalog::CatalogState& definitions, const algebra::ExprPtr& expression) {
  return may_read_all(session, query, definitions, engine::tables_of(expression));
}

bool may_read_alone(SqlSession& session, const catalog::CatalogState& definitions,
                    const algebra::PlanPtr& plan) {
  return std::ranges::all_of(engine::tables_of(plan), [&](TableId id) {
    const catalog::TableDefinition* const table = definitions.find_table(id);
    return table == nullptr || may_use(session, sql::TableUse::read, *table).has_value();
  });
}

Status may_define(SqlSession& session, std::string_view command,
                  const catalog::TableDefinition& table) {
  return may(session, session.account(), Permission::config, command, table);
}

Status may_define(SqlSession& session, std::string_view command,
                  const catalog::ViewDefinition& view) {
  return may(session, session.account(), Permission::config, command, view);
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
          const catalog::ViewDefinition& view) {
  return definitions.allows(user, Permission::read, view.database, view.id) ||
         definitions.allows(user, Permission::config, view.database, view.id);
}

bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::DatabaseDefinition& database) {
  if (definitions.allows(user, Permission::read, database.id, std::nullopt)) return true;
  if (definitions.allows(user, Permission::config, database.id, std::nullopt)) return true;
  const auto is_seen = [&](const auto* named) { return sees(definitions, user, *named); };
  return std::ranges::any_of(definitions.tables(database.id), is_seen) ||
         std::ranges::any_of(definitions.views(database.id), is_seen);
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
