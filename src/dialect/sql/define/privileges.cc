#include "dialect/sql/define/privileges.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "catalog/reserved.h"
#include "dialect/sql/ast/quoted_name.h"

namespace octavo::sql {
namespace {

using catalog::CatalogState;
using catalog::Permissions;

constexpr std::uint8_t kServer = grant_level::kGlobal;
constexpr std::uint8_t kData = grant_level::kGlobal | grant_level::kDatabase;
constexpr std::uint8_t kRows = kData | grant_level::kTable;

constexpr std::array kPrivileges = std::to_array<PrivilegeRow>({
    {"SELECT", Gives::read, kRows, "Select_priv"},
    {"INSERT", Gives::write, kRows, "Insert_priv"},
    {"UPDATE", Gives::write, kRows, "Update_priv"},
    {"DELETE", Gives::write, kRows, "Delete_priv"},
    {"CREATE", Gives::config, kRows, "Create_priv"},
    {"DROP", Gives::config, kRows, "Drop_priv"},
    // Everywhere, `config` is the right to run the server as well.
    {"RELOAD", Gives::config, kServer, "Reload_priv"},
    {"SHUTDOWN", Gives::nothing, kServer, "Shutdown_priv"},
    {"PROCESS", Gives::config, kServer, "Process_priv"},
    {"FILE", Gives::nothing, kServer, "File_priv"},
    {"REFERENCES", Gives::nothing, kRows, "References_priv"},
    {"INDEX", Gives::config, kRows, "Index_priv"},
    {"ALTER", Gives::config, kRows, "Alter_priv"},
    {"SHOW DATABASES", Gives::nothing, kServer, "Show_db_priv"},
    {"SUPER", Gives::config, kServer, "Super_priv"},
    {"CREATE TEMPORARY TABLES", Gives::nothing, kData, "Create_tmp_table_priv"},
    {"LOCK TABLES", Gives::nothing, kData, "Lock_tables_priv"},
    {"EXECUTE", Gives::nothing, kData, "Execute_priv"},
    {"REPLICATION SLAVE", Gives::nothing, kServer, "Repl_slave_priv"},
    {"REPLICATION CLIENT", Gives::nothing, kServer, "Repl_client_priv"},
    {"CREATE VIEW", Gives::nothing, kRows, "Create_view_priv"},
    {"SHOW VIEW", Gives::nothing, kRows, "Show_view_priv"},
    {"CREATE ROUTINE", Gives::nothing, kData, "Create_routine_priv"},
    {"ALTER ROUTINE", Gives::nothing, kData, "Alter_routine_priv"},
    {"CREATE USER", Gives::users, kServer, "Create_user_priv"},
    {"EVENT", Gives::nothing, kData, "Event_priv"},
    {"TRIGGER", Gives::nothing, kRows, "Trigger_priv"},
    {"CREATE TABLESPACE", Gives::nothing, kServer, "Create_tablespace_priv"},
    {"CREATE ROLE", Gives::nothing, kServer, "Create_role_priv"},
    {"DROP ROLE", Gives::nothing, kServer, "Drop_role_priv"},
});

constexpr std::uint8_t bit(Gives gives) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(gives));
}

const Permissions* permissions_in(const CatalogState& state, std::string_view user,
                                  const GrantScope& scope) {
  const catalog::User* found = state.find_user(user);
  if (found == nullptr) return nullptr;
  const auto grant = std::ranges::find_if(found->grants, [&](const catalog::Grant& one) {
    return one.database == scope.database && one.table == scope.table;
  });
  return grant == found->grants.end() ? nullptr : &grant->permissions;
}

std::string level_text(const CatalogState& state, const GrantScope& scope) {
  if (!scope.database) return "*.*";
  const std::string database = quoted_name(state.find_database(*scope.database)->name);
  if (!scope.table) return database + ".*";
  return database + "." + quoted_name(name_of(state, *scope.table));
}

// What was denied where a wider scope may have given it.
std::string denied_words(const Permissions& permissions, std::uint8_t level) {
  std::uint8_t denied = 0;
  if (!permissions.read.value_or(true)) denied |= bit(Gives::read);
  if (!permissions.write.value_or(true)) denied |= bit(Gives::write);
  if (!permissions.config.value_or(true)) denied |= bit(Gives::config);
  std::string words;
  for (const PrivilegeRow& row : kPrivileges) {
    if ((row.levels & level) == 0 || (bit(row.gives) & denied) == 0) continue;
    if (!words.empty()) words += ", ";
    words += row.words;
  }
  return words;
}

std::string given_words(const Granted& granted, std::uint8_t level) {
  std::string words;
  bool all = true;
  for (const PrivilegeRow& row : kPrivileges) {
    if ((row.levels & level) == 0 || row.gives == Gives::nothing) continue;
    if (!granted.has(row)) {
      all = false;
      continue;
    }
    if (!words.empty()) words += ", ";
    words += row.words;
  }
  return all ? std::string("ALL PRIVILEGES") : words;
}

}  // namespace

std::span<const PrivilegeRow> privilege_rows() { return kPrivileges; }

const PrivilegeRow* find_privilege(std::string_view words) {
  const auto* const found = std::ranges::find(kPrivileges, words, &PrivilegeRow::words);
  return found == kPrivileges.end() ? nullptr : found;
}

Granted::Granted(const CatalogState& state, std::string_view user, const GrantScope& scope)
    : level_(scope.level()) {
  if (user == catalog::kAdminName) {
    given_ = 0xff;
    return;
  }
  if (const Permissions* permissions = permissions_in(state, user, scope)) {
    if (permissions->read.value_or(false)) given_ |= bit(Gives::read);
    if (permissions->write.value_or(false)) given_ |= bit(Gives::write);
    if (permissions->config.value_or(false)) given_ |= bit(Gives::config);
  }
  if (scope.level() != grant_level::kGlobal) return;
  const auto writes = [&](TableId table) {
    return state.allows(user, catalog::Permission::write, catalog::kSystemDatabase, table);
  };
  if (writes(catalog::kUsers)) given_ |= bit(Gives::users);
  if (writes(catalog::kGrants)) given_ |= bit(Gives::grants);
}

bool Granted::any() const {
  return std::ranges::any_of(kPrivileges, [this](const PrivilegeRow& row) { return has(row); });
}

std::string_view name_of(const CatalogState& state, TableId id) {
  if (const auto* table = state.find_table(id)) return table->name;
  const auto* view = state.find_view(id);
  return view == nullptr ? std::string_view() : std::string_view(view->name);
}

std::vector<GrantScope> scopes_of(const CatalogState& state, std::string_view user) {
  std::vector<GrantScope> scopes = {GrantScope()};
  const catalog::User* found = state.find_user(user);
  if (found == nullptr || user == catalog::kAdminName) return scopes;
  for (const catalog::Grant& grant : found->grants) {
    if (!grant.database || state.find_database(*grant.database) == nullptr) continue;
    if (grant.table && name_of(state, *grant.table).empty()) continue;
    scopes.push_back({grant.database, grant.table});
  }
  std::ranges::sort(scopes, {}, [](const GrantScope& scope) {
    return std::tuple(scope.level(), scope.database, scope.table);
  });
  return scopes;
}

std::vector<std::string> grant_statements(const CatalogState& state, std::string_view user) {
  std::vector<std::string> out;
  std::vector<std::string> denials;
  const std::string who = fmt::format("{}@`%`", quoted_name(user));
  for (const GrantScope& scope : scopes_of(state, user)) {
    const Granted granted(state, user, scope);
    const std::string level = level_text(state, scope);
    if (granted.any() || !scope.database) {
      const std::string words = given_words(granted, scope.level());
      out.push_back(fmt::format("GRANT {} ON {} TO {}{}", words.empty() ? "USAGE" : words, level,
                                who, granted.may_grant() ? " WITH GRANT OPTION" : ""));
    }
    const Permissions* permissions = permissions_in(state, user, scope);
    if (permissions == nullptr || user == catalog::kAdminName) continue;
    const std::string denied = denied_words(*permissions, scope.level());
    if (!denied.empty())
      denials.push_back(fmt::format("REVOKE {} ON {} FROM {}", denied, level, who));
  }
  out.insert(out.end(), denials.begin(), denials.end());
  return out;
}

}  // namespace octavo::sql
