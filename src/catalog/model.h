#pragma once

// What exists: databases, tables, indexes, users and grants. Plain data; `CatalogState` holds one
// consistent set of it and is immutable once published, so readers share it without locks.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/durability.h"
#include "base/id.h"
#include "base/lsn.h"
#include "catalog/column.h"
#include "catalog/foreign_key.h"
#include "catalog/per_protocol.h"
#include "catalog/permission.h"
#include "catalog/role.h"
#include "value/value.h"

namespace octavo::catalog {

// Where rows live. The layout decides speed, never visibility.
enum class Layout : std::uint8_t {
  row,       // one kv entry a row
  keyspace,  // a numbered part of the keyspace, in memory; built in (catalog/reserved.h)
};

struct DatabaseDefinition {
  DatabaseId id{};
  std::string uuid;  // text form, what clients see as the id
  std::string name;
  PerProtocol options = {};  // settings that only one protocol has
};

// A row of index/registry.cc. Open: kinds are added, and a number is never used again.
enum class IndexKindId : std::uint64_t {};
constexpr IndexKindId kOrderedIndex{0};  // by the order of values: what keys of columns are

struct IndexDefinition {
  IndexId id{};
  std::string name;
  IndexKindId kind{};
  value::Value options;  // what the kind makes of them: its row says what there is
  bool ready = false;    // false while it is being built; writes maintain it from its creation on
  Bytes function;        // algebra::encode of a lambda row → key
  PerProtocol forms;     // how protocols show the function: its source, or in a form of their own
  std::vector<IndexPart> parts;  // where it was declared over columns, for those who show it
  // No two rows have the same key; keys with a null in them are never the same. Writers look, so it
  // refuses all writes of its table until it is ready.
  bool unique = false;
  bool hidden = false;  // made by the server: it keeps a primary key unique under its collation
};

struct TableDefinition {
  TableId id{};
  DatabaseId database{};
  std::string uuid;
  std::string name;
  std::string primary_key = "id";
  Layout layout = Layout::row;
  Durability durability = Durability::disk;
  std::vector<IndexDefinition> indexes;
  Bytes write_hook;  // algebra::encode of a lambda, empty when there is none
  PerProtocol write_hook_forms;
  PerProtocol options;  // settings that only one protocol has
  // What is declared of rows. No columns: they are as they come, and the rest says nothing.
  std::vector<ColumnDefinition> columns;
  bool open = true;  // rows may have further fields
  // Whose values make the primary key: the column `primary_key`, or, of several, those of which
  // that hidden column holds an array.
  std::vector<ColumnId> key_columns;
  std::vector<CheckDefinition> checks;
  std::vector<ForeignKeyDefinition> foreign_keys;
  // Tables with keys that refer to it, by id: settle_references keeps it (catalog/references.h).
  std::vector<TableId> referenced_by;
  std::uint64_t next_part = 1;     // of columns, checks and foreign keys: ids below it were used
  std::uint64_t first_number = 1;  // the least that AUTO_INCREMENT gives
  // Of one client, who knows its id: it has no name here. The engine drops it when it opens.
  bool temporary = false;

  bool declared() const { return !columns.empty(); }
  const ColumnDefinition* find_column(std::string_view column_name) const;  // exactly so written
  const ColumnDefinition* find_column(ColumnId column_id) const;
  const ColumnDefinition* auto_increment() const;  // that is not hidden; null: none has it
  const IndexDefinition* find_index(std::string_view index_name) const;
  const IndexDefinition* find_index(IndexId index_id) const;
};

// A query under a name, which is one of its database's tables' (a view and a table never have the
// same) and whose id is one of theirs, so that it is granted as they are. It holds no rows.
struct ViewDefinition {
  TableId id{};
  DatabaseId database{};
  std::string name;
  std::string definer;      // a user
  bool as_invoker = false;  // reads with the rights of who asks, else with those of its definer
  PerProtocol forms;        // the query, in the language that it was written in
};

// A scope is global (no ids), a database, or a table of a database.
struct Grant {
  std::optional<DatabaseId> database;
  std::optional<TableId> table;
  Permissions permissions;

  friend bool operator==(const Grant&, const Grant&) = default;
};

// Salted SCRAM-SHA-256 credentials (RFC 5802, RFC 7677): nothing from which the password could be
// read. `iterations` is 1 for the empty password, as RethinkDB's clients expect.
struct Credentials {
  Bytes salt;
  std::uint32_t iterations = 0;
  Bytes stored_key;
  Bytes server_key;
  bool empty_password = true;

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

struct User {
  std::string name;
  Credentials credentials;
  std::vector<Grant> grants;
  std::vector<RoleId> roles;  // that it holds
};

constexpr std::string_view kAdminName = "admin";

constexpr std::uint64_t kFirstFreeId = 1024;  // ids below are reserved: catalog/reserved.h

class CatalogState {
 public:
  // The databases and tables that are always there (kBuiltIn).
  static CatalogState initial();

  const DatabaseDefinition* find_database(std::string_view name) const;
  const DatabaseDefinition* find_database(DatabaseId id) const;
  const TableDefinition* find_table(DatabaseId database, std::string_view name) const;
  const TableDefinition* find_table(TableId id) const;
  // The same, shared: stays valid when the catalog moves on.
  std::shared_ptr<const TableDefinition> share_table(TableId id) const;
  const ViewDefinition* find_view(DatabaseId database, std::string_view name) const;
  const ViewDefinition* find_view(TableId id) const;
  bool has_name(DatabaseId database, std::string_view name) const;  // a table or a view
  const User* find_user(std::string_view name) const;
  const Role* find_role(std::string_view home, std::string_view name) const;
  const Role* find_role(RoleId id) const;

  std::vector<const DatabaseDefinition*> databases() const;               // by name
  std::vector<const TableDefinition*> tables(DatabaseId database) const;  // by name
  std::vector<const TableDefinition*> all_tables() const;
  std::vector<const ViewDefinition*> views(DatabaseId database) const;  // by name
  std::vector<const User*> users() const;
  std::vector<const Role*> roles() const;  // by home and name
  // Those given, and all that they include; each once, and none that is not there.
  std::vector<const Role*> with_included(const std::vector<RoleId>& roles) const;

  // Table, else database, else global, by the user's grants and those of its roles; where both say
  // something in the same scope, the user's decide. The administrator may do anything; nobody else
  // may do what nothing grants. Writing needs reading as well, but for `insert` where a role gives
  // it. Global grants do not reach the system database: they would hand out the users.
  bool allows(std::string_view user, Permission permission, std::optional<DatabaseId> database,
              std::optional<TableId> table) const;
  // The same of names, also of what is not there: a role may give rights to it. An empty name of a
  // table: the database.
  bool allows_named(std::string_view user, Permission permission, std::string_view database,
                    std::string_view table) const;

  // Whether the same users may do the same.
  bool has_rights_of(const CatalogState& other) const;

  std::uint64_t next_id() const { return next_id_; }
  Lsn version() const { return version_; }  // of the last definition change

 private:
  friend class CatalogEditor;

  std::map<DatabaseId, DatabaseDefinition> databases_;
  std::map<TableId, std::shared_ptr<const TableDefinition>> tables_;
  std::map<std::string, DatabaseId, std::less<>> database_names_;
  std::map<std::pair<DatabaseId, std::string>, TableId> table_names_;
  std::map<TableId, std::shared_ptr<const ViewDefinition>> views_;
  std::map<std::pair<DatabaseId, std::string>, TableId> view_names_;
  std::map<std::string, User, std::less<>> users_;
  std::map<RoleId, Role> roles_;
  std::uint64_t next_id_ = kFirstFreeId;
  Lsn version_;
};

using CatalogPtr = std::shared_ptr<const CatalogState>;

}  // namespace octavo::catalog
