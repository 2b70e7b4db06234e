#pragma once

// What fills the tables of schema_tables.cc, by where it comes from.

#include "dialect/sql/bind/bound.h"
#include "protocol/mysql/language/schema_tables.h"

namespace octavo::mysql::schema {

// schema_definitions.cc: of databases and tables.
Status fill_schemata(const SchemaContext& context, SchemaRows& rows);
Status fill_tables(const SchemaContext& context, SchemaRows& rows);
Status fill_columns(const SchemaContext& context, SchemaRows& rows);

// schema_views.cc: of views.
Status fill_views(const SchemaContext& context, SchemaRows& rows);
void add_view_tables(const SchemaContext& context, SchemaRows& rows);

// schema_keys.cc: of keys and conditions.
Status fill_statistics(const SchemaContext& context, SchemaRows& rows);
Status fill_key_columns(const SchemaContext& context, SchemaRows& rows);
Status fill_constraints(const SchemaContext& context, SchemaRows& rows);
Status fill_references(const SchemaContext& context, SchemaRows& rows);
Status fill_checks(const SchemaContext& context, SchemaRows& rows);

// schema_server.cc: of the server.
Status fill_engines(const SchemaContext& context, SchemaRows& rows);
Status fill_charsets(const SchemaContext& context, SchemaRows& rows);
Status fill_collations(const SchemaContext& context, SchemaRows& rows);
Status fill_applicability(const SchemaContext& context, SchemaRows& rows);
Status fill_processes(const SchemaContext& context, SchemaRows& rows);
Status fill_plugins(const SchemaContext& context, SchemaRows& rows);

// schema_users.cc: of users and what they are granted.
Status fill_user_privileges(const SchemaContext& context, SchemaRows& rows);
Status fill_schema_privileges(const SchemaContext& context, SchemaRows& rows);
Status fill_table_privileges(const SchemaContext& context, SchemaRows& rows);
Status fill_mysql_user(const SchemaContext& context, SchemaRows& rows);

// schema_session.cc: of variables and counters.
Status fill_session_variables(const SchemaContext& context, SchemaRows& rows);
Status fill_global_variables(const SchemaContext& context, SchemaRows& rows);
Status fill_session_status(const SchemaContext& context, SchemaRows& rows);
Status fill_global_status(const SchemaContext& context, SchemaRows& rows);
Status fill_user_variables(const SchemaContext& context, SchemaRows& rows);

// The tables that the user is shown, by database and name.
struct ShownTable {
  const catalog::DatabaseDefinition* database;
  const catalog::TableDefinition* table;
};
std::vector<const catalog::DatabaseDefinition*> shown_databases(const SchemaContext& context);
std::vector<ShownTable> shown_tables(const SchemaContext& context);
struct ShownView {
  const catalog::DatabaseDefinition* database;
  const catalog::ViewDefinition* view;
};
std::vector<ShownView> shown_views(const SchemaContext& context);
// The columns that a view has by now. Nothing where that is not to be found out: what it is over is
// gone, which a warning says.
Result<std::optional<std::vector<sql::OutputColumn>>> columns_of(const SchemaContext& context,
                                                                 const ShownView& shown);

}  // namespace octavo::mysql::schema
