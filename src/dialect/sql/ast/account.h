#pragma once

// Users, roles and what they are granted.

#include <optional>

#include "dialect/sql/ast/node.h"

namespace octavo::sql {

// 'user'@'host'; a role is one as well.
struct Account {
  Name user;
  Name host;
  bool has_host = false;  // else any
  bool current = false;   // CURRENT_USER

  friend bool operator==(const Account&, const Account&) = default;
};

// IDENTIFIED [WITH plugin] BY 'password' | BY RANDOM PASSWORD | AS 'hash'
struct Authentication {
  enum class Kind : std::uint8_t { unsaid, plugin, password, random_password, hash };
  Kind kind = Kind::unsaid;
  Name plugin;
  std::string_view text;
  std::optional<std::string_view> replaced;  // REPLACE 'current'
  bool retain = false;                       // RETAIN CURRENT PASSWORD
  bool discard = false;                      // DISCARD OLD PASSWORD

  friend bool operator==(const Authentication&, const Authentication&) = default;
};
struct UserSpec {
  Account account;
  Authentication authentication;

  friend bool operator==(const UserSpec&, const UserSpec&) = default;
};

// REQUIRE SSL, MAX_USER_CONNECTIONS 5, PASSWORD EXPIRE INTERVAL 3 DAY, ACCOUNT LOCK, COMMENT '…'.
struct UserOption {
  std::string_view words;                // upper case, as canonical text has them
  std::optional<std::string_view> text;  // a quoted argument behind them

  friend bool operator==(const UserOption&, const UserOption&) = default;
};

struct CreateUser {
  bool alter = false;
  bool if_exists = false;  // of CREATE: IF NOT EXISTS
  List<UserSpec> users;
  List<Account> default_roles;
  List<UserOption> options;

  friend bool operator==(const CreateUser&, const CreateUser&) = default;
};
struct DropUser {
  bool roles = false;
  bool if_exists = false;
  List<Account> users;

  friend bool operator==(const DropUser&, const DropUser&) = default;
};
struct CreateRole {
  bool if_not_exists = false;
  List<Account> roles;

  friend bool operator==(const CreateRole&, const CreateRole&) = default;
};
struct UserRename {
  Account from;
  Account to;

  friend bool operator==(const UserRename&, const UserRename&) = default;
};
struct RenameUser {
  List<UserRename> renames;

  friend bool operator==(const RenameUser&, const RenameUser&) = default;
};

// SELECT (a, b); a role or a privilege that a plugin brings is a name as well.
struct Privilege {
  std::string_view words;  // upper case; of a role empty
  Account role;
  List<Name> columns;

  friend bool operator==(const Privilege&, const Privilege&) = default;
};
struct GrantLevel {
  enum class Object : std::uint8_t { table, function, procedure };
  Object object = Object::table;
  bool any_database = false;  // *.*
  bool any_object = false;    // db.*, *
  Name database;              // empty: the current one
  Name name;

  friend bool operator==(const GrantLevel&, const GrantLevel&) = default;
};
// Without a level it is about roles.
struct Grant {
  bool revoke = false;
  bool if_exists = false;
  bool all = false;  // ALL PRIVILEGES
  List<Privilege> privileges;
  bool proxy = false;  // PROXY ON role
  std::optional<GrantLevel> level;
  List<Account> to;
  bool with_option = false;  // GRANT OPTION, of roles ADMIN OPTION
  bool ignore_unknown_user = false;

  friend bool operator==(const Grant&, const Grant&) = default;
};

struct RoleSet {
  enum class Kind : std::uint8_t { listed, none, all, all_except, by_default };
  Kind kind = Kind::listed;
  List<Account> roles;

  friend bool operator==(const RoleSet&, const RoleSet&) = default;
};
struct SetDefaultRole {
  RoleSet roles;
  List<Account> users;

  friend bool operator==(const SetDefaultRole&, const SetDefaultRole&) = default;
};

}  // namespace octavo::sql
