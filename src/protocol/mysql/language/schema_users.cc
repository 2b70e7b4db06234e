// Users and what they are granted, as information_schema and the database `mysql` have them: of the
// own user, and of all for those who see users.

#include <algorithm>
#include <array>

#include "dialect/sql/define/privileges.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_columns.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql::schema {
namespace {

constexpr std::string_view kCatalog = "def";
constexpr std::string_view kAnyHost = "%";

std::vector<std::string> shown_users(const SchemaContext& context) {
  if (!sees_users(context.session)) return {context.session.account()};
  std::vector<std::string> names = {std::string(catalog::kAdminName)};
  for (const catalog::User* user : context.definitions.users()) {
    if (user->name != catalog::kAdminName) names.push_back(user->name);
  }
  std::ranges::sort(names);
  return names;
}

std::string grantee(std::string_view user) { return "'" + std::string(user) + "'@'%'"; }

// `add(user, scope, granted)` for each scope of this level in which a user has something.
template <class Add>
void for_each_grant(const SchemaContext& context, sql::grant_level::Bit level, Add add) {
  for (const std::string& user : shown_users(context)) {
    for (const sql::GrantScope& scope : sql::scopes_of(context.definitions, user)) {
      if (scope.level() != level) continue;
      add(user, scope, sql::Granted(context.definitions, user, scope));
    }
  }
}

// `add(words)` for each privilege that is had.
template <class Add>
void for_each_privilege(const sql::Granted& granted, Add add) {
  for (const sql::PrivilegeRow& row : sql::privilege_rows()) {
    if (granted.has(row)) add(text_cell(row.words));
  }
}

struct FactRow {
  std::string_view column, value;
};
// What is the same of all users. An empty text is of a column that is there, and says nothing.
constexpr std::array kFacts = std::to_array<FactRow>({
    {"Host", kAnyHost},
    {"max_questions", "0"},
    {"max_updates", "0"},
    {"max_connections", "0"},
    {"max_user_connections", "0"},
    {"plugin", "caching_sha2_password"},
    {"password_expired", "N"},
    {"account_locked", "N"},
});
constexpr std::array kUnknown = std::to_array<std::string_view>(
    {"password_last_changed", "password_lifetime", "Password_reuse_history", "Password_reuse_time",
     "Password_require_current", "User_attributes"});

// Neither the password nor what it is compared with is shown.
std::string_view shown_password(const catalog::CatalogState& definitions, std::string_view user) {
  const catalog::User* found = definitions.find_user(user);
  return found == nullptr || found->credentials.empty_password ? "" : "(not shown)";
}

value::Value user_cell(const SchemaContext& context, std::string_view column, std::string_view user,
                       const sql::Granted& granted) {
  if (column == "Grant_priv") return text_cell(granted.may_grant() ? "Y" : "N");
  if (column == "authentication_string")
    return text_cell(shown_password(context.definitions, user));
  const auto privileges = sql::privilege_rows();
  const auto privilege = std::ranges::find(privileges, column, &sql::PrivilegeRow::column);
  if (privilege != privileges.end()) return text_cell(granted.has(*privilege) ? "Y" : "N");
  const auto* const fact = std::ranges::find(kFacts, column, &FactRow::column);
  if (fact != kFacts.end()) return text_cell(fact->value);
  return std::ranges::find(kUnknown, column) == kUnknown.end() ? text_cell("") : no_cell();
}

}  // namespace

Status fill_user_privileges(const SchemaContext& context, SchemaRows& rows) {
  for_each_grant(context, sql::grant_level::kGlobal,
                 [&](const std::string& user, const sql::GrantScope&, const sql::Granted& granted) {
                   const auto add = [&](value::Value words) {
                     rows.add({text_cell(grantee(user)), text_cell(kCatalog), std::move(words),
                               yes_or_no(granted.may_grant())});
                   };
                   if (granted.any()) {
                     for_each_privilege(granted, add);
                   } else {
                     add(text_cell("USAGE"));
                   }
                 });
  return {};
}

Status fill_schema_privileges(const SchemaContext& context, SchemaRows& rows) {
  for_each_grant(
      context, sql::grant_level::kDatabase,
      [&](const std::string& user, const sql::GrantScope& scope, const sql::Granted& granted) {
        const auto* database = context.definitions.find_database(*scope.database);
        for_each_privilege(granted, [&](value::Value words) {
          rows.add({text_cell(grantee(user)), text_cell(kCatalog), text_cell(database->name),
                    std::move(words), yes_or_no(false)});
        });
      });
  return {};
}

Status fill_table_privileges(const SchemaContext& context, SchemaRows& rows) {
  for_each_grant(
      context, sql::grant_level::kTable,
      [&](const std::string& user, const sql::GrantScope& scope, const sql::Granted& granted) {
        const auto* database = context.definitions.find_database(*scope.database);
        const std::string_view table = sql::name_of(context.definitions, *scope.table);
        for_each_privilege(granted, [&](value::Value words) {
          rows.add({text_cell(grantee(user)), text_cell(kCatalog), text_cell(database->name),
                    text_cell(table), std::move(words), yes_or_no(false)});
        });
      });
  return {};
}

// Who logs in as `root` is the administrator, unless there is a user of that name.
Status fill_mysql_user(const SchemaContext& context, SchemaRows& rows) {
  constexpr std::string_view kRoot = "root";
  const auto add = [&](std::string_view shown, const std::string& user) {
    const sql::Granted granted(context.definitions, user, {});
    std::vector<value::Value> row;
    for (const SchemaColumn& column : kMysqlUser) {
      row.push_back(column.name == "User" ? text_cell(shown)
                                          : user_cell(context, column.name, user, granted));
    }
    rows.add(std::move(row));
  };
  for (const std::string& user : shown_users(context)) add(user, user);
  if (context.definitions.find_user(kRoot) == nullptr) add(kRoot, std::string(catalog::kAdminName));
  return {};
}

}  // namespace octavo::mysql::schema
