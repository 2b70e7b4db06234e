#pragma once

// What the session's user may do, in MySQL's words. The engine asks again when it is done.

#include <string>
#include <string_view>

#include "algebra/plan.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/bind/tables.h"
#include "exec/context.h"

namespace octavo::mysql {

class SqlSession;

// 1142: that use of the table or view.
Status may_use(SqlSession& session, sql::TableUse use, const catalog::TableDefinition& table);
Status may_use(SqlSession& session, sql::TableUse use, const catalog::ViewDefinition& view);
// The same of another user, through whose view it is used: he lends his right to the query.
Status may_use_as(SqlSession& session, const std::string& user, sql::TableUse use,
                  const catalog::TableDefinition& table, exec::QueryContext& query);
Status may_use_as(SqlSession& session, const std::string& user, sql::TableUse use,
                  const catalog::ViewDefinition& view);
// 1142: that use by the query, which may have been lent the right to it.
Status may_use(SqlSession& session, const exec::QueryContext& query, sql::TableUse use,
               const catalog::TableDefinition& table);
// 1142: SELECT of one of those that the plan, or the queries in the expression, read.
Status may_read(SqlSession& session, const exec::QueryContext& query,
                const catalog::CatalogState& definitions, const algebra::PlanPtr& plan);
Status may_read(SqlSession& session, const exec::QueryContext& query,
                const catalog::CatalogState& definitions, const algebra::ExprPtr& expression);
// Whether the user has that right to all tables that the plan reads, as they are lent by nobody.
bool may_read_alone(SqlSession& session, const catalog::CatalogState& definitions,
                    const algebra::PlanPtr& plan);
// 1142: `command` (CREATE, ALTER, …), for which a definition changes.
Status may_define(SqlSession& session, std::string_view command,
                  const catalog::TableDefinition& table);
Status may_define(SqlSession& session, std::string_view command,
                  const catalog::ViewDefinition& view);

// Whether the user is shown other users, and what they may do.
bool sees_users(SqlSession& session);

// Whether the user is shown a database, or a table: there is something in it that it may do.
bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::DatabaseDefinition& database);
bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::TableDefinition& table);
bool sees(const catalog::CatalogState& definitions, std::string_view user,
          const catalog::ViewDefinition& view);

// 1049: there is no such database; 1044: the user may do nothing in it.
Result<const catalog::DatabaseDefinition*> find_database(SqlSession& session,
                                                         const catalog::CatalogState& definitions,
                                                         std::string_view name);

}  // namespace octavo::mysql
