#include "protocol/mysql/language/show_forms.h"

#include <algorithm>

#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/print/print.h"

namespace octavo::mysql {
namespace {

using sql::ShowKind;

constexpr std::string_view kRoutineList =
    "ROUTINE_SCHEMA AS `Db`, ROUTINE_NAME AS `Name`, ROUTINE_TYPE AS `Type`, DEFINER AS `Definer`, "
    "LAST_ALTERED AS `Modified`, CREATED AS `Created`, SECURITY_TYPE AS `Security_type`, "
    "ROUTINE_COMMENT AS `Comment`, CHARACTER_SET_CLIENT AS `character_set_client`, "
    "COLLATION_CONNECTION AS `collation_connection`, DATABASE_COLLATION AS `Database Collation`";
constexpr std::string_view kVariableList =
    "VARIABLE_NAME AS `Variable_name`, VARIABLE_VALUE AS `Value`";

constexpr ShowForm kForms[] = {
    {.kind = ShowKind::character_set,
     .list = "CHARACTER_SET_NAME AS `Charset`, DESCRIPTION AS `Description`, "
             "DEFAULT_COLLATE_NAME AS `Default collation`, MAXLEN AS `Maxlen`",
     .table = "information_schema.CHARACTER_SETS",
     .pattern_column = "Charset",
     .order = "1"},
    {.kind = ShowKind::collation,
     .list = "COLLATION_NAME AS `Collation`, CHARACTER_SET_NAME AS `Charset`, ID AS `Id`, "
             "IS_DEFAULT AS `Default`, IS_COMPILED AS `Compiled`, SORTLEN AS `Sortlen`, "
             "PAD_ATTRIBUTE AS `Pad_attribute`",
     .table = "information_schema.COLLATIONS",
     .pattern_column = "Collation",
     .order = "1"},
    {.kind = ShowKind::columns,
     .list = "COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, IS_NULLABLE AS `Null`, "
             "COLUMN_KEY AS `Key`, COLUMN_DEFAULT AS `Default`, EXTRA AS `Extra`",
     .full_list = "COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, COLLATION_NAME AS `Collation`, "
                  "IS_NULLABLE AS `Null`, COLUMN_KEY AS `Key`, COLUMN_DEFAULT AS `Default`, "
                  "EXTRA AS `Extra`, PRIVILEGES AS `Privileges`, COLUMN_COMMENT AS `Comment`",
     .table = "information_schema.COLUMNS",
     .condition = "TABLE_SCHEMA = {database} AND TABLE_NAME = {table}",
     .pattern_column = "Field"},
    {.kind = ShowKind::databases,
     .list = "SCHEMA_NAME AS `Database{suffix}`",
     .table = "information_schema.SCHEMATA",
     .pattern_column = "Database{suffix}",
     .order = "1"},
    {.kind = ShowKind::engines,
     .list = "ENGINE AS `Engine`, SUPPORT AS `Support`, COMMENT AS `Comment`, "
             "TRANSACTIONS AS `Transactions`, XA AS `XA`, SAVEPOINTS AS `Savepoints`",
     .table = "information_schema.ENGINES"},
    {.kind = ShowKind::events,
     .list = "EVENT_SCHEMA AS `Db`, EVENT_NAME AS `Name`, DEFINER AS `Definer`, "
             "TIME_ZONE AS `Time zone`, EVENT_TYPE AS `Type`, EXECUTE_AT AS `Execute at`, "
             "INTERVAL_VALUE AS `Interval value`, INTERVAL_FIELD AS `Interval field`, "
             "STARTS AS `Starts`, ENDS AS `Ends`, STATUS AS `Status`, ORIGINATOR AS `Originator`, "
             "CHARACTER_SET_CLIENT AS `character_set_client`, "
             "COLLATION_CONNECTION AS `collation_connection`, "
             "DATABASE_COLLATION AS `Database Collation`",
     .table = "information_schema.EVENTS",
     .condition = "EVENT_SCHEMA = {database}",
     .pattern_column = "Name"},
    {.kind = ShowKind::function_status,
     .list = kRoutineList,
     .table = "information_schema.ROUTINES",
     .condition = "ROUTINE_TYPE = 'FUNCTION'",
     .pattern_column = "Name"},
    {.kind = ShowKind::index,
     .list = "TABLE_NAME AS `Table`, NON_UNIQUE AS `Non_unique`, INDEX_NAME AS `Key_name`, "
             "SEQ_IN_INDEX AS `Seq_in_index`, COLUMN_NAME AS `Column_name`, "
             "COLLATION AS `Collation`, CARDINALITY AS `Cardinality`, SUB_PART AS `Sub_part`, "
             "PACKED AS `Packed`, NULLABLE AS `Null`, INDEX_TYPE AS `Index_type`, "
             "COMMENT AS `Comment`, INDEX_COMMENT AS `Index_comment`, IS_VISIBLE AS `Visible`, "
             "EXPRESSION AS `Expression`",
     .table = "information_schema.STATISTICS",
     .condition = "TABLE_SCHEMA = {database} AND TABLE_NAME = {table}"},
    {.kind = ShowKind::open_tables,
     .list = "TABLE_SCHEMA AS `Database`, TABLE_NAME AS `Table`, 0 AS `In_use`, "
             "0 AS `Name_locked`",
     .table = "information_schema.TABLES",
     .condition = "TABLE_SCHEMA = {database} AND TABLE_TYPE = 'BASE TABLE'",
     .pattern_column = "Table",
     .order = "2"},
    {.kind = ShowKind::plugins,
     .list = "PLUGIN_NAME AS `Name`, PLUGIN_STATUS AS `Status`, PLUGIN_TYPE AS `Type`, "
             "PLUGIN_LIBRARY AS `Library`, PLUGIN_LICENSE AS `License`",
     .table = "information_schema.PLUGINS"},
    {.kind = ShowKind::procedure_status,
     .list = kRoutineList,
     .table = "information_schema.ROUTINES",
     .condition = "ROUTINE_TYPE = 'PROCEDURE'",
     .pattern_column = "Name"},
    {.kind = ShowKind::process_list,
     .list = "ID AS `Id`, USER AS `User`, HOST AS `Host`, DB AS `db`, COMMAND AS `Command`, "
             "TIME AS `Time`, STATE AS `State`, LEFT(INFO, 100) AS `Info`",
     .full_list = "ID AS `Id`, USER AS `User`, HOST AS `Host`, DB AS `db`, COMMAND AS `Command`, "
                  "TIME AS `Time`, STATE AS `State`, INFO AS `Info`",
     .table = "information_schema.PROCESSLIST"},
    {.kind = ShowKind::status,
     .list = kVariableList,
     .table = "performance_schema.session_status",
     .global_table = "performance_schema.global_status",
     .pattern_column = "Variable_name"},
    {.kind = ShowKind::table_status,
     .list =
         "TABLE_NAME AS `Name`, ENGINE AS `Engine`, VERSION AS `Version`, "
         "ROW_FORMAT AS `Row_format`, TABLE_ROWS AS `Rows`, AVG_ROW_LENGTH AS `Avg_row_length`, "
         "DATA_LENGTH AS `Data_length`, MAX_DATA_LENGTH AS `Max_data_length`, "
         "INDEX_LENGTH AS `Index_length`, DATA_FREE AS `Data_free`, "
         "AUTO_INCREMENT AS `Auto_increment`, CREATE_TIME AS `Create_time`, "
         "UPDATE_TIME AS `Update_time`, CHECK_TIME AS `Check_time`, "
         "TABLE_COLLATION AS `Collation`, CHECKSUM AS `Checksum`, "
         "CREATE_OPTIONS AS `Create_options`, TABLE_COMMENT AS `Comment`",
     .table = "information_schema.TABLES",
     .condition = "TABLE_SCHEMA = {database}",
     .pattern_column = "Name",
     .order = "1"},
    {.kind = ShowKind::tables,
     .list = "TABLE_NAME AS `Tables_in_{name}{suffix}`",
     .full_list = "TABLE_NAME AS `Tables_in_{name}{suffix}`, TABLE_TYPE AS `Table_type`",
     .table = "information_schema.TABLES",
     .condition = "TABLE_SCHEMA = {database}",
     .pattern_column = "Tables_in_{name}{suffix}",
     .order = "1"},
    {.kind = ShowKind::triggers,
     .list = "TRIGGER_NAME AS `Trigger`, EVENT_MANIPULATION AS `Event`, "
             "EVENT_OBJECT_TABLE AS `Table`, ACTION_STATEMENT AS `Statement`, "
             "ACTION_TIMING AS `Timing`, CREATED AS `Created`, SQL_MODE AS `sql_mode`, "
             "DEFINER AS `Definer`, CHARACTER_SET_CLIENT AS `character_set_client`, "
             "COLLATION_CONNECTION AS `collation_connection`, "
             "DATABASE_COLLATION AS `Database Collation`",
     .table = "information_schema.TRIGGERS",
     .condition = "TRIGGER_SCHEMA = {database}",
     .pattern_column = "Table"},
    {.kind = ShowKind::variables,
     .list = kVariableList,
     .table = "performance_schema.session_variables",
     .global_table = "performance_schema.global_variables",
     .pattern_column = "Variable_name"},
};

// As it stands within back quotes.
std::string within_quotes(std::string_view name) {
  const std::string quoted = sql::quoted_name(name);
  return quoted.substr(1, quoted.size() - 2);
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

const ShowForm* find_show_form(ShowKind kind) {
  const auto* found = std::ranges::find(kForms, kind, &ShowForm::kind);
  return found == std::end(kForms) ? nullptr : found;
}

// A backslash is one whatever the session's mode: the text is read in none.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
  return out;
}

std::string show_text(const ShowForm& form, const sql::Show& show, const ShowNames& names) {
  const bool full = show.full && !form.full_list.empty();
  const bool global = show.scope == sql::VariableScope::global && !form.global_table.empty();
  std::string text = "SELECT ";
  text.append(full ? form.full_list : form.list);
  text.append(" FROM ").append(global ? form.global_table : form.table);
  if (!form.condition.empty()) text.append(" WHERE ").append(form.condition);
  std::string pattern_column(form.pattern_column);
  const std::string suffix = within_quotes(names.suffix);
  for (std::string* one : {&text, &pattern_column}) {
    replace_all(*one, "{database}", quoted(names.database));
    replace_all(*one, "{table}", quoted(names.table));
    replace_all(*one, "{name}", within_quotes(names.database));
    replace_all(*one, "{suffix}", suffix);
  }
  if (show.like || show.where) {
    // Names in the condition are those that are shown.
    text = "SELECT * FROM (" + text + ") AS `shown` WHERE ";
    text +=
        show.like ? "`" + pattern_column + "` LIKE " + quoted(*show.like) : sql::print(*show.where);
  }
  if (!form.order.empty()) text.append(" ORDER BY ").append(form.order);
  return text;
}

}  // namespace octavo::mysql
