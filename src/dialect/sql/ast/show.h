#pragma once

// Statements that tell about the server and what is defined in it.

#include <array>

#include "base/rows.h"
#include "dialect/sql/ast/account.h"
#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

enum class ShowKind : std::uint8_t {
  binary_log_status,
  binary_logs,
  binlog_events,
  character_set,
  collation,
  columns,
  count_errors,
  count_warnings,
  create_database,
  create_event,
  create_function,
  create_procedure,
  create_table,
  create_trigger,
  create_user,
  create_view,
  databases,
  engine,
  engines,
  errors,
  events,
  function_code,
  function_status,
  grants,
  index,
  open_tables,
  plugins,
  privileges,
  procedure_code,
  procedure_status,
  process_list,
  profile,
  profiles,
  relaylog_events,
  replica_status,
  replicas,
  status,
  table_status,
  tables,
  triggers,
  variables,
  warnings,
};

struct ShowRow {
  ShowKind kind;
  std::string_view words;  // behind SHOW; a synonym's row is the parser's
  std::uint16_t parts;     // of show_part
};

// What may stand before, between and behind the words of a form.
namespace show_part {
enum Bit : std::uint16_t {
  kExtended = 1 << 0,  // EXTENDED, in front
  kFull = 1 << 1,      // FULL, in front
  kScope = 1 << 2,     // GLOBAL, SESSION, in front
  kName = 1 << 3,      // a name behind the words, in the path
  kTable = 1 << 4,     // FROM table, which must be
  kDatabase = 1 << 5,  // FROM database
  kLike = 1 << 6,      // LIKE 'pattern' or WHERE
  kWhere = 1 << 7,     // WHERE alone
  kLimit = 1 << 8,     // LIMIT
  kUser = 1 << 9,      // FOR user
  kIfNotExists = 1 << 10,
  kLogFile = 1 << 11,  // IN 'log' FROM position
  kEngine = 1 << 12,   // a name and STATUS, MUTEX or LOGS
  kProfile = 1 << 13,  // types, FOR QUERY n
};

inline constexpr std::array kRows = std::to_array<ShowRow>({
    {ShowKind::binary_log_status, "BINARY LOG STATUS", 0},
    {ShowKind::binary_logs, "BINARY LOGS", 0},
    {ShowKind::binlog_events, "BINLOG EVENTS", kLogFile | kLimit},
    {ShowKind::character_set, "CHARACTER SET", kLike},
    {ShowKind::collation, "COLLATION", kLike},
    {ShowKind::columns, "COLUMNS", kExtended | kFull | kTable | kDatabase | kLike},
    {ShowKind::count_errors, "COUNT(*) ERRORS", 0},
    {ShowKind::count_warnings, "COUNT(*) WARNINGS", 0},
    {ShowKind::create_database, "CREATE DATABASE", kIfNotExists | kName},
    {ShowKind::create_event, "CREATE EVENT", kName},
    {ShowKind::create_function, "CREATE FUNCTION", kName},
    {ShowKind::create_procedure, "CREATE PROCEDURE", kName},
    {ShowKind::create_table, "CREATE TABLE", kName},
    {ShowKind::create_trigger, "CREATE TRIGGER", kName},
    {ShowKind::create_user, "CREATE USER", kUser},
    {ShowKind::create_view, "CREATE VIEW", kName},
    {ShowKind::databases, "DATABASES", kLike},
    {ShowKind::engine, "ENGINE", kEngine},
    {ShowKind::engines, "ENGINES", 0},
    {ShowKind::errors, "ERRORS", kLimit},
    {ShowKind::events, "EVENTS", kDatabase | kLike},
    {ShowKind::function_code, "FUNCTION CODE", kName},
    {ShowKind::function_status, "FUNCTION STATUS", kLike},
    {ShowKind::grants, "GRANTS", kUser},
    {ShowKind::index, "INDEX", kExtended | kTable | kDatabase | kWhere},
    {ShowKind::open_tables, "OPEN TABLES", kDatabase | kLike},
    {ShowKind::plugins, "PLUGINS", 0},
    {ShowKind::privileges, "PRIVILEGES", 0},
    {ShowKind::procedure_code, "PROCEDURE CODE", kName},
    {ShowKind::procedure_status, "PROCEDURE STATUS", kLike},
    {ShowKind::process_list, "PROCESSLIST", kFull},
    {ShowKind::profile, "PROFILE", kProfile | kLimit},
    {ShowKind::profiles, "PROFILES", 0},
    {ShowKind::relaylog_events, "RELAYLOG EVENTS", kLogFile | kLimit},
    {ShowKind::replica_status, "REPLICA STATUS", 0},
    {ShowKind::replicas, "REPLICAS", 0},
    {ShowKind::status, "STATUS", kScope | kLike},
    {ShowKind::table_status, "TABLE STATUS", kDatabase | kLike},
    {ShowKind::tables, "TABLES", kExtended | kFull | kDatabase | kLike},
    {ShowKind::triggers, "TRIGGERS", kFull | kDatabase | kLike},
    {ShowKind::variables, "VARIABLES", kScope | kLike},
    {ShowKind::warnings, "WARNINGS", kLimit},
});
}  // namespace show_part

inline constexpr const auto& kShowForms = show_part::kRows;
static_assert(rows_in_place(kShowForms, &ShowRow::kind, ShowKind::warnings));

struct Limit;  // query.h

struct Show {
  ShowKind kind = ShowKind::databases;
  bool extended = false;
  bool full = false;
  bool if_not_exists = false;
  VariableScope scope = VariableScope::none;
  Path name;  // of what is shown
  Name database;
  std::string_view text;  // the log file, of an engine the word behind it, of a profile its types
  std::optional<std::string_view> like;
  Ref<Expr> where;
  Ref<Limit> limit;
  std::string_view number;  // digits: the position in a log, the query of a profile
  std::optional<Account> user;
  List<Account> roles;  // SHOW GRANTS … USING

  friend bool operator==(const Show&, const Show&) = default;
};

// DESCRIBE t, DESCRIBE t column, DESCRIBE t 'pattern'
struct Describe {
  Path table;
  Name column;
  std::optional<std::string_view> like;

  friend bool operator==(const Describe&, const Describe&) = default;
};

struct Statement;
struct Explain {
  bool analyze = false;
  Name format;  // upper case; empty: unsaid
  Ref<Statement> statement;
  std::string_view connection;  // FOR CONNECTION, digits

  friend bool operator==(const Explain&, const Explain&) = default;
};

}  // namespace octavo::sql
