#include "protocol/mysql/language/command_counts.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/overloaded.h"
#include "dialect/sql/bind/bound.h"

namespace octavo::mysql {
namespace {

using sql::Ref;

constexpr auto kNames = std::to_array<std::string_view>({
    "alter_db",
    "alter_table",
    "alter_user",
    "analyze",
    "begin",
    "change_db",
    "check",
    "checksum",
    "commit",
    "create_db",
    "create_index",
    "create_role",
    "create_table",
    "create_user",
    "create_view",
    "dealloc_sql",
    "delete",
    "delete_multi",
    "do",
    "drop_db",
    "drop_event",
    "drop_function",
    "drop_index",
    "drop_procedure",
    "drop_role",
    "drop_table",
    "drop_trigger",
    "drop_user",
    "drop_view",
    "execute_sql",
    "flush",
    "grant",
    "insert",
    "insert_select",
    "kill",
    "load",
    "lock_tables",
    "optimize",
    "prepare_sql",
    "release_savepoint",
    "rename_table",
    "rename_user",
    "repair",
    "replace",
    "replace_select",
    "revoke",
    "rollback",
    "rollback_to_savepoint",
    "savepoint",
    "select",
    "set_option",
    "show_charsets",
    "show_collations",
    "show_create_db",
    "show_create_table",
    "show_databases",
    "show_errors",
    "show_events",
    "show_fields",
    "show_function_status",
    "show_grants",
    "show_keys",
    "show_open_tables",
    "show_plugins",
    "show_privileges",
    "show_procedure_status",
    "show_processlist",
    "show_status",
    "show_storage_engines",
    "show_table_status",
    "show_tables",
    "show_triggers",
    "show_variables",
    "show_warnings",
    "stmt_execute",
    "stmt_prepare",
    "truncate",
    "unlock_tables",
    "update",
    "update_multi",
});
static_assert(std::ranges::is_sorted(kNames));

std::string_view name_of(const sql::Show& show) {
  switch (show.kind) {
    case sql::ShowKind::character_set: return "show_charsets";
    case sql::ShowKind::collation: return "show_collations";
    case sql::ShowKind::columns: return "show_fields";
    case sql::ShowKind::count_errors:
    case sql::ShowKind::errors: return "show_errors";
    case sql::ShowKind::count_warnings:
    case sql::ShowKind::warnings: return "show_warnings";
    case sql::ShowKind::create_database: return "show_create_db";
    case sql::ShowKind::create_table:
    case sql::ShowKind::create_view: return "show_create_table";
    case sql::ShowKind::databases: return "show_databases";
    case sql::ShowKind::engines: return "show_storage_engines";
    case sql::ShowKind::events: return "show_events";
    case sql::ShowKind::function_status: return "show_function_status";
    case sql::ShowKind::grants: return "show_grants";
    case sql::ShowKind::index: return "show_keys";
    case sql::ShowKind::open_tables: return "show_open_tables";
    case sql::ShowKind::plugins: return "show_plugins";
    case sql::ShowKind::privileges: return "show_privileges";
    case sql::ShowKind::procedure_status: return "show_procedure_status";
    case sql::ShowKind::process_list: return "show_processlist";
    case sql::ShowKind::status: return "show_status";
    case sql::ShowKind::table_status: return "show_table_status";
    case sql::ShowKind::tables: return "show_tables";
    case sql::ShowKind::triggers: return "show_triggers";
    case sql::ShowKind::variables: return "show_variables";
    default: return {};
  }
}

std::string_view name_of(const sql::Insert& insert) {
  if (insert.query) return insert.replace ? "replace_select" : "insert_select";
  return insert.replace ? "replace" : "insert";
}

std::string_view name_of(const sql::DropProgram& drop) {
  switch (drop.kind) {
    case sql::DropProgram::Kind::event: return "drop_event";
    case sql::DropProgram::Kind::function: return "drop_function";
    case sql::DropProgram::Kind::procedure: return "drop_procedure";
    case sql::DropProgram::Kind::trigger: return "drop_trigger";
  }
  return {};
}

std::string_view name_of(const sql::Savepoint& savepoint) {
  switch (savepoint.kind) {
    case sql::Savepoint::Kind::set: return "savepoint";
    case sql::Savepoint::Kind::rollback: return "rollback_to_savepoint";
    case sql::Savepoint::Kind::release: return "release_savepoint";
  }
  return {};
}

std::string_view name_of(const sql::CareForTables& care) {
  switch (care.care) {
    case sql::TableCare::analyze: return "analyze";
    case sql::TableCare::check: return "check";
    case sql::TableCare::checksum: return "checksum";
    case sql::TableCare::optimize: return "optimize";
    case sql::TableCare::repair: return "repair";
  }
  return {};
}

// The numbers of the statements that make up nearly all of what busy clients send.
std::optional<std::size_t> frequent_number(const sql::Statement& statement) {
  static const std::size_t kSelect = command_number("select");
  static const std::size_t kInsert = command_number("insert");
  static const std::size_t kUpdate = command_number("update");
  static const std::size_t kDelete = command_number("delete");
  if (std::holds_alternative<Ref<sql::Query>>(statement.node)) return kSelect;
  if (const auto* const insert = std::get_if<Ref<sql::Insert>>(&statement.node)) {
    if (!(*insert)->query && !(*insert)->replace) return kInsert;
  }
  if (const auto* const update = std::get_if<Ref<sql::Update>>(&statement.node)) {
    if (!sql::is_joined(**update)) return kUpdate;
  }
  if (const auto* const erase = std::get_if<Ref<sql::Delete>>(&statement.node)) {
    if (!sql::is_joined(**erase)) return kDelete;
  }
  return std::nullopt;
}

// Empty: MySQL does not count it, or there is no such statement.
std::string_view name_of(const sql::Statement& statement) {
  return std::visit(Overloaded{
                        [](Ref<sql::Query>) -> std::string_view { return "select"; },
                        [](Ref<sql::Insert> node) { return name_of(*node); },
                        [](Ref<sql::Update> node) -> std::string_view {
                          return sql::is_joined(*node) ? "update_multi" : "update";
                        },
                        [](Ref<sql::Delete> node) -> std::string_view {
                          return sql::is_joined(*node) ? "delete_multi" : "delete";
                        },
                        [](Ref<sql::LoadData>) -> std::string_view { return "load"; },
                        [](Ref<sql::CreateTable>) -> std::string_view { return "create_table"; },
                        [](Ref<sql::AlterTable>) -> std::string_view { return "alter_table"; },
                        [](Ref<sql::CreateIndex>) -> std::string_view { return "create_index"; },
                        [](Ref<sql::DropIndex>) -> std::string_view { return "drop_index"; },
                        [](Ref<sql::CreateView>) -> std::string_view { return "create_view"; },
                        [](Ref<sql::CreateDatabase> node) -> std::string_view {
                          return node->alter ? "alter_db" : "create_db";
                        },
                        [](Ref<sql::DropDatabase>) -> std::string_view { return "drop_db"; },
                        [](Ref<sql::DropTables> node) -> std::string_view {
                          return node->views ? "drop_view" : "drop_table";
                        },
                        [](Ref<sql::TruncateTable>) -> std::string_view { return "truncate"; },
                        [](Ref<sql::RenameTables>) -> std::string_view { return "rename_table"; },
                        [](Ref<sql::DropProgram> node) { return name_of(*node); },
                        [](Ref<sql::Set>) -> std::string_view { return "set_option"; },
                        [](Ref<sql::StartTransaction>) -> std::string_view { return "begin"; },
                        [](Ref<sql::EndTransaction> node) -> std::string_view {
                          return node->commit ? "commit" : "rollback";
                        },
                        [](Ref<sql::Savepoint> node) { return name_of(*node); },
                        [](Ref<sql::Prepare>) -> std::string_view { return "prepare_sql"; },
                        [](Ref<sql::Execute>) -> std::string_view { return "execute_sql"; },
                        [](Ref<sql::Deallocate>) -> std::string_view { return "dealloc_sql"; },
                        [](Ref<sql::LockTables>) -> std::string_view { return "lock_tables"; },
                        [](sql::UnlockTables) -> std::string_view { return "unlock_tables"; },
                        [](Ref<sql::Use>) -> std::string_view { return "change_db"; },
                        [](Ref<sql::Do>) -> std::string_view { return "do"; },
                        [](Ref<sql::Show> node) { return name_of(*node); },
                        [](Ref<sql::Describe>) -> std::string_view { return "show_fields"; },
                        [](Ref<sql::Explain>) -> std::string_view { return "select"; },
                        [](Ref<sql::CreateUser> node) -> std::string_view {
                          return node->alter ? "alter_user" : "create_user";
                        },
                        [](Ref<sql::DropUser> node) -> std::string_view {
                          return node->roles ? "drop_role" : "drop_user";
                        },
                        [](Ref<sql::CreateRole>) -> std::string_view { return "create_role"; },
                        [](Ref<sql::RenameUser>) -> std::string_view { return "rename_user"; },
                        [](Ref<sql::Grant> node) -> std::string_view {
                          return node->revoke ? "revoke" : "grant";
                        },
                        [](Ref<sql::CareForTables> node) { return name_of(*node); },
                        [](Ref<sql::Flush>) -> std::string_view { return "flush"; },
                        [](Ref<sql::Kill>) -> std::string_view { return "kill"; },
                        [](const auto&) -> std::string_view { return {}; },
                    },
                    statement.node);
}

}  // namespace

std::span<const std::string_view> command_names() { return kNames; }

std::size_t command_number(std::string_view name) {
  const auto found = std::ranges::lower_bound(kNames, name);
  const bool is_there = found != kNames.end() && *found == name;
  return is_there ? static_cast<std::size_t>(found - kNames.begin()) : kNames.size();
}

std::size_t command_number(const sql::Statement& statement) {
  const auto frequent = frequent_number(statement);
  return frequent ? *frequent : command_number(name_of(statement));
}

}  // namespace octavo::mysql
