#include "protocol/mysql/language/schema_tables.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_columns.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

using value::Value;

// Rows that a table makes on the connection's thread: where there are more tables than that, on a
// worker.
constexpr std::size_t kFewTables = 64;

// By name.
constexpr SchemaTable kInformationSchema[] = {
    {"CHARACTER_SETS", schema::kCharacterSets, schema::fill_charsets},
    {"CHECK_CONSTRAINTS", schema::kCheckConstraints, schema::fill_checks},
    {"COLLATIONS", schema::kCollations, schema::fill_collations},
    {"COLLATION_CHARACTER_SET_APPLICABILITY", schema::kApplicability, schema::fill_applicability},
    {"COLUMNS", schema::kColumns, schema::fill_columns},
    {"COLUMN_PRIVILEGES", schema::kColumnPrivileges},
    {"ENGINES", schema::kEngines, schema::fill_engines},
    {"EVENTS", schema::kEvents},
    {"FILES", schema::kFiles},
    {"INNODB_TRX", schema::kTransactions},
    {"KEY_COLUMN_USAGE", schema::kKeyColumnUsage, schema::fill_key_columns},
    {"PARAMETERS", schema::kParameters},
    {"PARTITIONS", schema::kPartitions},
    {"PLUGINS", schema::kPlugins, schema::fill_plugins},
    {"PROCESSLIST", schema::kProcessList, schema::fill_processes},
    {"REFERENTIAL_CONSTRAINTS", schema::kReferentialConstraints, schema::fill_references},
    {"ROUTINES", schema::kRoutines},
    {"SCHEMATA", schema::kSchemata, schema::fill_schemata},
    {"SCHEMA_PRIVILEGES", schema::kSchemaPrivileges, schema::fill_schema_privileges},
    {"STATISTICS", schema::kStatistics, schema::fill_statistics},
    {"TABLES", schema::kTables, schema::fill_tables},
    {"TABLE_CONSTRAINTS", schema::kTableConstraints, schema::fill_constraints},
    {"TABLE_PRIVILEGES", schema::kTablePrivileges, schema::fill_table_privileges},
    {"TRIGGERS", schema::kTriggers},
    {"USER_PRIVILEGES", schema::kUserPrivileges, schema::fill_user_privileges},
    {"VIEWS", schema::kViews, schema::fill_views},
};

// What clients look at to find out about users; it is written to by CREATE USER, GRANT and the
// rest.
constexpr SchemaTable kMysql[] = {
    {"user", schema::kMysqlUser, schema::fill_mysql_user},
};

constexpr SchemaTable kPerformanceSchema[] = {
    {"global_status", schema::kVariables, schema::fill_global_status},
    {"global_variables", schema::kVariables, schema::fill_global_variables},
    {"processlist", schema::kProcessList, schema::fill_processes},
    {"session_status", schema::kVariables, schema::fill_session_status},
    {"session_variables", schema::kVariables, schema::fill_session_variables},
    {"user_variables_by_thread", schema::kUserVariables, schema::fill_user_variables},
};

constexpr SchemaDatabase kDatabases[] = {
    {"information_schema", kInformationSchema},
    {"mysql", kMysql, sees_users},
    {"performance_schema", kPerformanceSchema},
};

}  // namespace

sql::Type type_of(const SchemaColumn& column) {
  switch (column.kind) {
    case SchemaKind::number: return sql::big_integer(true);
    case SchemaKind::time: return sql::datetime_type(0);
    case SchemaKind::name:
    case SchemaKind::text: break;
  }
  const bool exact = column.kind == SchemaKind::name;
  const value::Collation& collation =
      *value::find_collation(exact ? "utf8mb3_bin" : "utf8mb3_general_ci");
  return sql::text_type(collation, column.width, sql::Coercibility::column);
}

std::span<const SchemaDatabase> schema_databases() { return kDatabases; }

bool sees(SqlSession& session, const SchemaDatabase& database) {
  return database.sees == nullptr || database.sees(session);
}

const SchemaDatabase* find_schema_database(std::string_view name) {
  const auto* found = std::ranges::find_if(
      kDatabases, [name](const SchemaDatabase& row) { return sql::same_word(row.name, name); });
  return found == std::end(kDatabases) ? nullptr : found;
}

Result<std::optional<sql::ComputedTable>> computed_table(std::string_view database,
                                                         std::string_view table,
                                                         const SchemaContext& context) {
  const SchemaDatabase* home = find_schema_database(database);
  if (home == nullptr) return std::nullopt;
  const auto found = std::ranges::find_if(
      home->tables, [table](const SchemaTable& row) { return sql::same_word(row.name, table); });
  if (!sees(context.session, *home)) {
    return sql::error<1142>("SELECT", context.session.client_user(), context.session.client_host(),
                            table);
  }
  if (found == home->tables.end()) return sql::error<1109>(table, home->name);
  sql::ComputedTable out;
  out.database = home->name;
  out.name = found->name;
  for (const SchemaColumn& column : found->columns) {
    out.columns.push_back({std::string(column.name), type_of(column)});
  }
  SchemaRows rows;
  if (found->fill != nullptr) {
    if (!context.query.may_wait && context.scope.table.empty() &&
        context.definitions.all_tables().size() > kFewTables) {
      context.refused = true;
      return fail(Code::would_block, "There are many tables.");
    }
    TRY_STATUS(found->fill(context, rows));
  }
  out.rows = algebra::make_plan(algebra::Values{std::move(rows).take()});
  return out;
}

Result<std::string> usable_database(SqlSession& session, std::string_view name) {
  if (name.empty()) return sql::error<1046>();
  if (const SchemaDatabase* computed = find_schema_database(name)) {
    if (!sees(session, *computed)) {
      return sql::error<1044>(session.client_user(), session.client_host(), computed->name);
    }
    return std::string(computed->name);
  }
  const auto definitions = session.shared().service.engine.catalog();
  TRY(const auto* database, find_database(session, *definitions, name));
  return database->name;
}

value::Value text_cell(std::string_view text) { return Value::string(text); }
value::Value optional_cell(const std::optional<std::string>& text) {
  return text ? Value::string(*text) : Value();
}
value::Value number_cell(std::uint64_t number) { return Value::uint64(number); }
value::Value no_cell() { return {}; }
value::Value yes_or_no(bool yes) { return Value::string(yes ? "YES" : "NO"); }

}  // namespace octavo::mysql
