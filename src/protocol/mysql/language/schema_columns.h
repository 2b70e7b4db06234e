#pragma once

// The columns of the tables of information_schema, as MySQL 8.0 has them.

#include "protocol/mysql/language/schema_tables.h"

namespace octavo::mysql::schema {

inline constexpr std::uint32_t kLong = 65'535;
inline constexpr std::uint32_t kLonger = 4'194'303;
inline constexpr std::uint32_t kWord = 3;  // YES, NO

constexpr SchemaColumn number(std::string_view name) {
  return {.name = name, .kind = SchemaKind::number};
}
constexpr SchemaColumn time(std::string_view name) {
  return {.name = name, .kind = SchemaKind::time};
}
constexpr SchemaColumn name(std::string_view name) {
  return {.name = name, .kind = SchemaKind::name};
}
constexpr SchemaColumn text(std::string_view name, std::uint32_t width) {
  return {.name = name, .kind = SchemaKind::text, .width = width};
}

inline constexpr SchemaColumn kSchemata[] = {
    {"CATALOG_NAME"},           name("SCHEMA_NAME"), {"DEFAULT_CHARACTER_SET_NAME"},
    {"DEFAULT_COLLATION_NAME"}, text("SQL_PATH", 0), text("DEFAULT_ENCRYPTION", kWord),
};
inline constexpr SchemaColumn kTables[] = {
    {"TABLE_CATALOG"},
    name("TABLE_SCHEMA"),
    name("TABLE_NAME"),
    {"TABLE_TYPE"},
    {"ENGINE"},
    number("VERSION"),
    {"ROW_FORMAT"},
    number("TABLE_ROWS"),
    number("AVG_ROW_LENGTH"),
    number("DATA_LENGTH"),
    number("MAX_DATA_LENGTH"),
    number("INDEX_LENGTH"),
    number("DATA_FREE"),
    number("AUTO_INCREMENT"),
    time("CREATE_TIME"),
    time("UPDATE_TIME"),
    time("CHECK_TIME"),
    {"TABLE_COLLATION"},
    number("CHECKSUM"),
    text("CREATE_OPTIONS", 256),
    text("TABLE_COMMENT", kLong),
};
inline constexpr SchemaColumn kColumns[] = {
    {"TABLE_CATALOG"},
    name("TABLE_SCHEMA"),
    name("TABLE_NAME"),
    {"COLUMN_NAME"},
    number("ORDINAL_POSITION"),
    text("COLUMN_DEFAULT", kLong),
    text("IS_NULLABLE", kWord),
    text("DATA_TYPE", kLong),
    number("CHARACTER_MAXIMUM_LENGTH"),
    number("CHARACTER_OCTET_LENGTH"),
    number("NUMERIC_PRECISION"),
    number("NUMERIC_SCALE"),
    number("DATETIME_PRECISION"),
    {"CHARACTER_SET_NAME"},
    {"COLLATION_NAME"},
    text("COLUMN_TYPE", kLonger),
    text("COLUMN_KEY", kWord),
    text("EXTRA", 256),
    text("PRIVILEGES", 154),
    text("COLUMN_COMMENT", kLong),
    text("GENERATION_EXPRESSION", kLong),
    number("SRS_ID"),
};
inline constexpr SchemaColumn kStatistics[] = {
    {"TABLE_CATALOG"},           name("TABLE_SCHEMA"),      name("TABLE_NAME"),
    number("NON_UNIQUE"),        name("INDEX_SCHEMA"),      {"INDEX_NAME"},
    number("SEQ_IN_INDEX"),      {"COLUMN_NAME"},           text("COLLATION", 1),
    number("CARDINALITY"),       number("SUB_PART"),        text("PACKED", 0),
    text("NULLABLE", kWord),     text("INDEX_TYPE", 11),    text("COMMENT", 8),
    text("INDEX_COMMENT", 2048), text("IS_VISIBLE", kWord), text("EXPRESSION", kLong),
};
inline constexpr SchemaColumn kKeyColumnUsage[] = {
    {"CONSTRAINT_CATALOG"},
    name("CONSTRAINT_SCHEMA"),
    {"CONSTRAINT_NAME"},
    {"TABLE_CATALOG"},
    name("TABLE_SCHEMA"),
    name("TABLE_NAME"),
    {"COLUMN_NAME"},
    number("ORDINAL_POSITION"),
    number("POSITION_IN_UNIQUE_CONSTRAINT"),
    {"REFERENCED_TABLE_SCHEMA"},
    {"REFERENCED_TABLE_NAME"},
    {"REFERENCED_COLUMN_NAME"},
};
inline constexpr SchemaColumn kTableConstraints[] = {
    {"CONSTRAINT_CATALOG"},  name("CONSTRAINT_SCHEMA"), {"CONSTRAINT_NAME"},
    name("TABLE_SCHEMA"),    name("TABLE_NAME"),        text("CONSTRAINT_TYPE", 11),
    text("ENFORCED", kWord),
};
inline constexpr SchemaColumn kReferentialConstraints[] = {
    {"CONSTRAINT_CATALOG"},       name("CONSTRAINT_SCHEMA"),
    {"CONSTRAINT_NAME"},          {"UNIQUE_CONSTRAINT_CATALOG"},
    {"UNIQUE_CONSTRAINT_SCHEMA"}, {"UNIQUE_CONSTRAINT_NAME"},
    text("MATCH_OPTION", 7),      text("UPDATE_RULE", 11),
    text("DELETE_RULE", 11),      name("TABLE_NAME"),
    {"REFERENCED_TABLE_NAME"},
};
inline constexpr SchemaColumn kCheckConstraints[] = {
    {"CONSTRAINT_CATALOG"},
    name("CONSTRAINT_SCHEMA"),
    {"CONSTRAINT_NAME"},
    text("CHECK_CLAUSE", kLonger),
};
inline constexpr SchemaColumn kViews[] = {
    {"TABLE_CATALOG"},        name("TABLE_SCHEMA"),
    name("TABLE_NAME"),       text("VIEW_DEFINITION", kLonger),
    text("CHECK_OPTION", 8),  text("IS_UPDATABLE", kWord),
    text("DEFINER", 288),     text("SECURITY_TYPE", 7),
    {"CHARACTER_SET_CLIENT"}, {"COLLATION_CONNECTION"},
};
inline constexpr SchemaColumn kRoutines[] = {
    {"SPECIFIC_NAME"},
    {"ROUTINE_CATALOG"},
    {"ROUTINE_SCHEMA"},
    {"ROUTINE_NAME"},
    text("ROUTINE_TYPE", 9),
    text("DATA_TYPE", kLong),
    number("CHARACTER_MAXIMUM_LENGTH"),
    number("CHARACTER_OCTET_LENGTH"),
    number("NUMERIC_PRECISION"),
    number("NUMERIC_SCALE"),
    number("DATETIME_PRECISION"),
    {"CHARACTER_SET_NAME"},
    {"COLLATION_NAME"},
    text("DTD_IDENTIFIER", kLonger),
    text("ROUTINE_BODY", 8),
    text("ROUTINE_DEFINITION", kLonger),
    text("EXTERNAL_NAME", 0),
    {"EXTERNAL_LANGUAGE"},
    text("PARAMETER_STYLE", kWord),
    text("IS_DETERMINISTIC", kWord),
    text("SQL_DATA_ACCESS", 17),
    text("SQL_PATH", 0),
    text("SECURITY_TYPE", 7),
    time("CREATED"),
    time("LAST_ALTERED"),
    text("SQL_MODE", 8192),
    text("ROUTINE_COMMENT", kLong),
    text("DEFINER", 288),
    {"CHARACTER_SET_CLIENT"},
    {"COLLATION_CONNECTION"},
    {"DATABASE_COLLATION"},
};
inline constexpr SchemaColumn kParameters[] = {
    {"SPECIFIC_CATALOG"},
    {"SPECIFIC_SCHEMA"},
    {"SPECIFIC_NAME"},
    number("ORDINAL_POSITION"),
    text("PARAMETER_MODE", 5),
    {"PARAMETER_NAME"},
    text("DATA_TYPE", kLong),
    number("CHARACTER_MAXIMUM_LENGTH"),
    number("CHARACTER_OCTET_LENGTH"),
    number("NUMERIC_PRECISION"),
    number("NUMERIC_SCALE"),
    number("DATETIME_PRECISION"),
    {"CHARACTER_SET_NAME"},
    {"COLLATION_NAME"},
    text("DTD_IDENTIFIER", kLonger),
    text("ROUTINE_TYPE", 9),
};
inline constexpr SchemaColumn kTriggers[] = {
    {"TRIGGER_CATALOG"},
    {"TRIGGER_SCHEMA"},
    {"TRIGGER_NAME"},
    text("EVENT_MANIPULATION", 6),
    {"EVENT_OBJECT_CATALOG"},
    {"EVENT_OBJECT_SCHEMA"},
    {"EVENT_OBJECT_TABLE"},
    number("ACTION_ORDER"),
    text("ACTION_CONDITION", 0),
    text("ACTION_STATEMENT", kLonger),
    text("ACTION_ORIENTATION", 3),
    text("ACTION_TIMING", 6),
    text("ACTION_REFERENCE_OLD_TABLE", 0),
    text("ACTION_REFERENCE_NEW_TABLE", 0),
    text("ACTION_REFERENCE_OLD_ROW", 3),
    text("ACTION_REFERENCE_NEW_ROW", 3),
    time("CREATED"),
    text("SQL_MODE", 8192),
    text("DEFINER", 288),
    {"CHARACTER_SET_CLIENT"},
    {"COLLATION_CONNECTION"},
    {"DATABASE_COLLATION"},
};
inline constexpr SchemaColumn kEvents[] = {
    {"EVENT_CATALOG"},
    {"EVENT_SCHEMA"},
    {"EVENT_NAME"},
    text("DEFINER", 288),
    {"TIME_ZONE"},
    text("EVENT_BODY", 3),
    text("EVENT_DEFINITION", kLonger),
    text("EVENT_TYPE", 9),
    time("EXECUTE_AT"),
    text("INTERVAL_VALUE", 256),
    text("INTERVAL_FIELD", 18),
    text("SQL_MODE", 8192),
    time("STARTS"),
    time("ENDS"),
    text("STATUS", 18),
    text("ON_COMPLETION", 12),
    time("CREATED"),
    time("LAST_ALTERED"),
    time("LAST_EXECUTED"),
    text("EVENT_COMMENT", 2048),
    number("ORIGINATOR"),
    {"CHARACTER_SET_CLIENT"},
    {"COLLATION_CONNECTION"},
    {"DATABASE_COLLATION"},
};
inline constexpr SchemaColumn kPartitions[] = {
    {"TABLE_CATALOG"},
    name("TABLE_SCHEMA"),
    name("TABLE_NAME"),
    {"PARTITION_NAME"},
    {"SUBPARTITION_NAME"},
    number("PARTITION_ORDINAL_POSITION"),
    number("SUBPARTITION_ORDINAL_POSITION"),
    text("PARTITION_METHOD", 13),
    text("SUBPARTITION_METHOD", 13),
    text("PARTITION_EXPRESSION", 2048),
    text("SUBPARTITION_EXPRESSION", 2048),
    text("PARTITION_DESCRIPTION", kLong),
    number("TABLE_ROWS"),
    number("AVG_ROW_LENGTH"),
    number("DATA_LENGTH"),
    number("MAX_DATA_LENGTH"),
    number("INDEX_LENGTH"),
    number("DATA_FREE"),
    time("CREATE_TIME"),
    time("UPDATE_TIME"),
    time("CHECK_TIME"),
    number("CHECKSUM"),
    text("PARTITION_COMMENT", kLong),
    text("NODEGROUP", 256),
    text("TABLESPACE_NAME", 268),
};
inline constexpr SchemaColumn kFiles[] = {
    number("FILE_ID"),
    text("FILE_NAME", kLong),
    text("FILE_TYPE", 256),
    text("TABLESPACE_NAME", 268),
    text("TABLE_CATALOG", 0),
    text("TABLE_SCHEMA", 0),
    text("TABLE_NAME", 0),
    text("LOGFILE_GROUP_NAME", 256),
    number("LOGFILE_GROUP_NUMBER"),
    text("ENGINE", 64),
    number("FREE_EXTENTS"),
    number("TOTAL_EXTENTS"),
    number("EXTENT_SIZE"),
    number("INITIAL_SIZE"),
    number("MAXIMUM_SIZE"),
    number("AUTOEXTEND_SIZE"),
    number("DATA_FREE"),
    text("STATUS", 256),
    text("EXTRA", 256),
};
inline constexpr SchemaColumn kEngines[] = {
    {"ENGINE"},        text("SUPPORT", 8),        text("COMMENT", 80), text("TRANSACTIONS", kWord),
    text("XA", kWord), text("SAVEPOINTS", kWord),
};
inline constexpr SchemaColumn kCharacterSets[] = {
    {"CHARACTER_SET_NAME"},
    {"DEFAULT_COLLATE_NAME"},
    text("DESCRIPTION", 2048),
    number("MAXLEN"),
};
inline constexpr SchemaColumn kCollations[] = {
    {"COLLATION_NAME"},        {"CHARACTER_SET_NAME"},     number("ID"),
    text("IS_DEFAULT", kWord), text("IS_COMPILED", kWord), number("SORTLEN"),
    text("PAD_ATTRIBUTE", 9),
};
inline constexpr SchemaColumn kApplicability[] = {{"COLLATION_NAME"}, {"CHARACTER_SET_NAME"}};
inline constexpr SchemaColumn kProcessList[] = {
    number("ID"),        text("USER", 32), text("HOST", 261), {"DB"},
    text("COMMAND", 16), number("TIME"),   text("STATE", 64), text("INFO", kLong),
};
inline constexpr SchemaColumn kPlugins[] = {
    {"PLUGIN_NAME"},
    text("PLUGIN_VERSION", 20),
    text("PLUGIN_STATUS", 10),
    text("PLUGIN_TYPE", 80),
    text("PLUGIN_TYPE_VERSION", 20),
    {"PLUGIN_LIBRARY"},
    text("PLUGIN_LIBRARY_VERSION", 20),
    {"PLUGIN_AUTHOR"},
    text("PLUGIN_DESCRIPTION", kLong),
    text("PLUGIN_LICENSE", 80),
    {"LOAD_OPTION"},
};
inline constexpr SchemaColumn kUserPrivileges[] = {
    text("GRANTEE", 292), {"TABLE_CATALOG"}, {"PRIVILEGE_TYPE"}, text("IS_GRANTABLE", kWord)};
inline constexpr SchemaColumn kSchemaPrivileges[] = {text("GRANTEE", 292),
                                                     {"TABLE_CATALOG"},
                                                     name("TABLE_SCHEMA"),
                                                     {"PRIVILEGE_TYPE"},
                                                     text("IS_GRANTABLE", kWord)};
inline constexpr SchemaColumn kTablePrivileges[] = {
    text("GRANTEE", 292), {"TABLE_CATALOG"},  name("TABLE_SCHEMA"),
    name("TABLE_NAME"),   {"PRIVILEGE_TYPE"}, text("IS_GRANTABLE", kWord)};
inline constexpr SchemaColumn kColumnPrivileges[] = {
    text("GRANTEE", 292), {"TABLE_CATALOG"},  name("TABLE_SCHEMA"),       name("TABLE_NAME"),
    {"COLUMN_NAME"},      {"PRIVILEGE_TYPE"}, text("IS_GRANTABLE", kWord)};
inline constexpr SchemaColumn kMysqlUser[] = {
    text("Host", 255),
    {.name = "User", .kind = SchemaKind::name, .width = 32},
    text("Select_priv", 1),
    text("Insert_priv", 1),
    text("Update_priv", 1),
    text("Delete_priv", 1),
    text("Create_priv", 1),
    text("Drop_priv", 1),
    text("Reload_priv", 1),
    text("Shutdown_priv", 1),
    text("Process_priv", 1),
    text("File_priv", 1),
    text("Grant_priv", 1),
    text("References_priv", 1),
    text("Index_priv", 1),
    text("Alter_priv", 1),
    text("Show_db_priv", 1),
    text("Super_priv", 1),
    text("Create_tmp_table_priv", 1),
    text("Lock_tables_priv", 1),
    text("Execute_priv", 1),
    text("Repl_slave_priv", 1),
    text("Repl_client_priv", 1),
    text("Create_view_priv", 1),
    text("Show_view_priv", 1),
    text("Create_routine_priv", 1),
    text("Alter_routine_priv", 1),
    text("Create_user_priv", 1),
    text("Event_priv", 1),
    text("Trigger_priv", 1),
    text("Create_tablespace_priv", 1),
    text("ssl_type", 9),
    text("ssl_cipher", kLong),
    text("x509_issuer", kLong),
    text("x509_subject", kLong),
    text("max_questions", 11),
    text("max_updates", 11),
    text("max_connections", 11),
    text("max_user_connections", 11),
    text("plugin", 64),
    text("authentication_string", kLong),
    text("password_expired", 1),
    time("password_last_changed"),
    text("password_lifetime", 5),
    text("account_locked", 1),
    text("Create_role_priv", 1),
    text("Drop_role_priv", 1),
    text("Password_reuse_history", 5),
    text("Password_reuse_time", 5),
    text("Password_require_current", 1),
    text("User_attributes", kLong)};
inline constexpr SchemaColumn kTransactions[] = {{"trx_id"},
                                                 text("trx_state", 13),
                                                 time("trx_started"),
                                                 number("trx_mysql_thread_id"),
                                                 text("trx_query", 1024)};
inline constexpr SchemaColumn kVariables[] = {{"VARIABLE_NAME"}, text("VARIABLE_VALUE", 1024)};
inline constexpr SchemaColumn kUserVariables[] = {
    number("THREAD_ID"), {"VARIABLE_NAME"}, text("VARIABLE_VALUE", kLonger)};

}  // namespace octavo::mysql::schema
