#pragma once

// Statements about the session: variables, transactions, prepared statements, locks.

#include "dialect/sql/ast/account.h"
#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

struct SetVariable {
  VariableScope scope = VariableScope::none;
  bool by_sign = false;  // @@name, without a scope: of some variables the next transaction's
  Path name;
  Ref<Expr> value;  // none: DEFAULT

  friend bool operator==(const SetVariable&, const SetVariable&) = default;
};
struct SetUserVariable {
  Name name;
  Ref<Expr> value;

  friend bool operator==(const SetUserVariable&, const SetUserVariable&) = default;
};
// SET NAMES, SET CHARACTER SET.
struct SetNames {
  bool names = true;  // else CHARACTER SET
  Name charset;       // empty: DEFAULT
  Name collation;

  friend bool operator==(const SetNames&, const SetNames&) = default;
};
struct SetPassword {
  std::optional<Account> account;
  Authentication authentication;

  friend bool operator==(const SetPassword&, const SetPassword&) = default;
};
enum class Isolation : std::uint8_t {
  unsaid,
  read_uncommitted,
  read_committed,
  repeatable_read,
  serializable,
};
enum class AccessMode : std::uint8_t { unsaid, read_write, read_only };
struct SetTransaction {
  VariableScope scope = VariableScope::none;
  Isolation isolation = Isolation::unsaid;
  AccessMode access = AccessMode::unsaid;

  friend bool operator==(const SetTransaction&, const SetTransaction&) = default;
};
using SetItem =
    std::variant<SetVariable, SetUserVariable, SetNames, Ref<SetPassword>, SetTransaction, RoleSet>;
struct Set {
  List<SetItem> items;

  friend bool operator==(const Set&, const Set&) = default;
};

// BEGIN is START TRANSACTION.
struct StartTransaction {
  bool consistent_snapshot = false;
  AccessMode access = AccessMode::unsaid;

  friend bool operator==(const StartTransaction&, const StartTransaction&) = default;
};
struct EndTransaction {
  bool commit = false;  // else ROLLBACK
  std::optional<bool> chain;
  std::optional<bool> release;

  friend bool operator==(const EndTransaction&, const EndTransaction&) = default;
};
struct Savepoint {
  enum class Kind : std::uint8_t { set, rollback, release };
  Kind kind = Kind::set;
  Name name;

  friend bool operator==(const Savepoint&, const Savepoint&) = default;
};

struct Prepare {
  Name name;
  Expr source;  // a string, or a user's variable

  friend bool operator==(const Prepare&, const Prepare&) = default;
};
struct Execute {
  Name name;
  List<Name> variables;

  friend bool operator==(const Execute&, const Execute&) = default;
};
struct Deallocate {
  Name name;

  friend bool operator==(const Deallocate&, const Deallocate&) = default;
};

struct TableLock {
  enum class Mode : std::uint8_t { read, read_local, write, low_priority_write };
  Path table;
  Name alias;
  Mode mode = Mode::read;

  friend bool operator==(const TableLock&, const TableLock&) = default;
};
struct LockTables {
  List<TableLock> locks;

  friend bool operator==(const LockTables&, const LockTables&) = default;
};
struct UnlockTables {
  friend bool operator==(const UnlockTables&, const UnlockTables&) = default;
};
struct Use {
  Name database;

  friend bool operator==(const Use&, const Use&) = default;
};
struct Do {
  List<Expr> exprs;

  friend bool operator==(const Do&, const Do&) = default;
};

}  // namespace octavo::sql
