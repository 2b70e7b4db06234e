#pragma once

// What the session's user may do, in MySQL's words. The engine asks again when it is done.

#include <string_view>

#include "algebra/plan.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/bind/tables.h"

namespace octavo::mysql {

class SqlSession;

// 1142: that use of the table.
Status may_use(SqlSession& session, sql::TableUse use, const catalog::TableDefinition& table);
// 1142: SELECT of one of those that the plan, or the queries in the expression, read.
Status may_read(SqlSession& session, const catalog::CatalogState& definitions,
                const algebra::PlanPtr& plan);
Status may_read(SqlSession& session, const catalog::CatalogState& definitions,
                const algebra::ExprPtr& expression);
// 1142: `command` (CREATE, ALTER, …), for which a definition changes.
Status may_define(SqlSession& session, std::string_view command,
                  const catalog::TableDefinition& table);

// Whether the user is shown other users, and what they may do.
bool sees_users(SqlSession& session);

// Whether the user is shown a database, or a table: there is something in it that it may do.
bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::DatabaseDefinition& database);
bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::TableDefinition& table);

// 1049: there is no such database; 1044: the user may do nothing in it.
Result<const catalog::DatabaseDefinition*> find_database(SqlSession& session,
                                                         const catalog::CatalogState& definitions,
                                                         std::string_view name);

}  // namespace octavo::mysql
