#pragma once

// A role: rights under a name, which users hold and other roles include. Who holds it has its
// rights in every protocol, as they are at the moment.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/per_protocol.h"
#include "catalog/permission.h"

namespace octavo::catalog {

enum class RoleId : std::uint64_t {};  // one of those that databases, tables and indexes have

// Where a right of a role holds. Databases, tables and views are meant by name, whether they are
// there or come later.
enum class RoleScope : std::uint8_t {
  everywhere,  // but not in the system database
  database,
  table,   // or view
  system,  // the database with users, grants and settings
};

// What is given in a scope. A role takes nothing away.
struct RoleGrant {
  RoleScope scope = RoleScope::everywhere;
  std::string database;  // of `database` and `table`
  std::string table;
  PermissionSet permissions;

  friend bool operator==(const RoleGrant&, const RoleGrant&) = default;
};

struct Role {
  RoleId id{};
  std::string home;  // the database that it is named in; empty: none
  std::string name;  // no other role of that home has it
  std::vector<RoleGrant> grants;
  std::vector<RoleId> roles;  // included: no role includes itself, through whichever others
  PerProtocol forms;          // what it was made of, as the protocol shows it

  bool has_rights_of(const Role& other) const {
    return grants == other.grants && roles == other.roles;
  }
};

}  // namespace octavo::catalog
