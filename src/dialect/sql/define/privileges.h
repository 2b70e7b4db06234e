#pragma once

// MySQL's privileges, and what the one store of users and grants has for them (docs/security.md).
// The store knows less: several privileges are one permission, which is given and taken as a whole,
// and privileges to do what there is not give nothing.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/model.h"

namespace octavo::sql {

enum class Gives : std::uint8_t {
  nothing,
  read,
  write,
  config,
  users,   // to make and change users: to write the system table of users
  grants,  // to grant: to write the system table of permissions
};

namespace grant_level {
enum Bit : std::uint8_t { kGlobal = 1, kDatabase = 2, kTable = 4 };
}  // namespace grant_level

struct PrivilegeRow {
  std::string_view words;
  Gives gives;
  std::uint8_t levels;      // where it may be granted
  std::string_view column;  // of mysql.user
};
// In the order in which SHOW GRANTS has them.
std::span<const PrivilegeRow> privilege_rows();
const PrivilegeRow* find_privilege(std::string_view words);  // null: there is none

// Where something is granted: everywhere, in a database, on a table.
struct GrantScope {
  std::optional<DatabaseId> database;
  std::optional<TableId> table;

  grant_level::Bit level() const {
    if (table) return grant_level::kTable;
    return database ? grant_level::kDatabase : grant_level::kGlobal;
  }
};

// The name of a table or a view; empty: it is gone.
std::string_view name_of(const catalog::CatalogState& state, TableId id);

// What a user has in just this scope. The administrator has everything everywhere.
class Granted {
 public:
  Granted(const catalog::CatalogState& state, std::string_view user, const GrantScope& scope);

  bool has(const PrivilegeRow& row) const {
    return (row.levels & level_) != 0 && row.gives != Gives::nothing && given(row.gives);
  }
  bool may_grant() const { return given(Gives::grants); }
  bool any() const;

 private:
  bool given(Gives gives) const { return (given_ >> static_cast<unsigned>(gives) & 1U) != 0; }

  std::uint8_t level_;
  std::uint8_t given_ = 0;  // a bit for each of Gives
};

// The scopes in which a user was given or denied something, that of everything first. Those of
// tables that are gone, and of the server's own, are left out.
std::vector<GrantScope> scopes_of(const catalog::CatalogState& state, std::string_view user);

// What SHOW GRANTS prints, a statement each.
std::vector<std::string> grant_statements(const catalog::CatalogState& state,
                                          std::string_view user);

}  // namespace octavo::sql
