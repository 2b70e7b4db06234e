#pragma once

// Statements that make, change and drop what is defined.

#include "dialect/sql/ast/account.h"
#include "dialect/sql/ast/partition.h"

namespace octavo::sql {

struct CreateTable {
  bool temporary = false;
  bool if_not_exists = false;
  Path table;
  List<TableElement> elements;
  List<TableOption> options;
  Ref<Partitioning> partitioning;
  Path like;
  enum class Duplicates : std::uint8_t { unsaid, ignore, replace } duplicates = Duplicates::unsaid;
  Ref<Query> query;

  friend bool operator==(const CreateTable&, const CreateTable&) = default;
};

struct AddColumn {
  ColumnDef column;
  bool first = false;
  Name after;  // empty: at the end

  friend bool operator==(const AddColumn&, const AddColumn&) = default;
};
struct ChangeColumn {
  Name column;  // the old name; empty: MODIFY, which keeps it
  AddColumn changed;

  friend bool operator==(const ChangeColumn&, const ChangeColumn&) = default;
};
struct AddConstraint {
  TableElement element;  // no column

  friend bool operator==(const AddConstraint&, const AddConstraint&) = default;
};
// What is dropped, renamed or altered by its name alone.
enum class AlterTarget : std::uint8_t {
  column,
  index,
  primary_key,
  foreign_key,
  check,
  constraint,
};
struct DropPart {
  AlterTarget target = AlterTarget::column;
  Name name;

  friend bool operator==(const DropPart&, const DropPart&) = default;
};
struct RenamePart {
  AlterTarget target = AlterTarget::column;
  Name from;
  Name to;

  friend bool operator==(const RenamePart&, const RenamePart&) = default;
};
struct RenameTo {
  Path table;

  friend bool operator==(const RenameTo&, const RenameTo&) = default;
};
struct SetDefault {
  Name column;
  Ref<Expr> value;  // none: DROP DEFAULT
  bool in_parentheses = false;

  friend bool operator==(const SetDefault&, const SetDefault&) = default;
};
struct SetVisible {
  AlterTarget target = AlterTarget::index;
  Name name;
  bool visible = true;

  friend bool operator==(const SetVisible&, const SetVisible&) = default;
};
struct SetEnforced {
  AlterTarget target = AlterTarget::check;
  Name name;
  bool enforced = true;

  friend bool operator==(const SetEnforced&, const SetEnforced&) = default;
};
struct ConvertCharset {
  Name charset;  // empty: DEFAULT
  Name collation;

  friend bool operator==(const ConvertCharset&, const ConvertCharset&) = default;
};
struct OrderRows {
  List<OrderItem> by;

  friend bool operator==(const OrderRows&, const OrderRows&) = default;
};
// FORCE, DISABLE KEYS, WITH VALIDATION, ALGORITHM = INPLACE, …: a row of kAlterFlags, with a word.
struct AlterFlag {
  Name words;
  Name value;

  friend bool operator==(const AlterFlag&, const AlterFlag&) = default;
};
using AlterAction =
    std::variant<Ref<AddColumn>, Ref<ChangeColumn>, AddConstraint, DropPart, RenamePart, RenameTo,
                 SetDefault, SetVisible, SetEnforced, ConvertCharset, OrderRows, AlterFlag,
                 TableOption, Ref<AlterPartitions>>;

struct AlterTable {
  Path table;
  List<AlterAction> actions;

  friend bool operator==(const AlterTable&, const AlterTable&) = default;
};

struct CreateIndex {
  KeyDef key;
  Path table;
  List<AlterFlag> flags;  // ALGORITHM, LOCK

  friend bool operator==(const CreateIndex&, const CreateIndex&) = default;
};
struct DropIndex {
  Name name;
  Path table;
  List<AlterFlag> flags;

  friend bool operator==(const DropIndex&, const DropIndex&) = default;
};

struct CreateView {
  bool alter = false;
  bool or_replace = false;
  Name algorithm;  // upper case; empty: unsaid
  std::optional<Account> definer;
  Name security;  // DEFINER, INVOKER
  Path view;
  List<Name> columns;
  Ref<Query> query;
  enum class CheckOption : std::uint8_t { none, local, cascaded } check = CheckOption::none;

  friend bool operator==(const CreateView&, const CreateView&) = default;
};

// CREATE and ALTER DATABASE.
struct CreateDatabase {
  bool alter = false;
  bool if_not_exists = false;
  Name database;  // empty: the current one, of ALTER
  List<TableOption> options;

  friend bool operator==(const CreateDatabase&, const CreateDatabase&) = default;
};
struct DropDatabase {
  bool if_exists = false;
  Name database;

  friend bool operator==(const DropDatabase&, const DropDatabase&) = default;
};

// Of stored programs there are none: it finds nothing.
struct DropProgram {
  enum class Kind : std::uint8_t { event, function, procedure, trigger };
  Kind kind = Kind::procedure;
  bool if_exists = false;
  Path program;

  friend bool operator==(const DropProgram&, const DropProgram&) = default;
};

enum class DropBehavior : std::uint8_t { unsaid, restrict, cascade };
struct DropTables {
  bool views = false;
  bool temporary = false;
  bool if_exists = false;
  List<Path> tables;
  DropBehavior behavior = DropBehavior::unsaid;

  friend bool operator==(const DropTables&, const DropTables&) = default;
};
struct TruncateTable {
  Path table;

  friend bool operator==(const TruncateTable&, const TruncateTable&) = default;
};
struct TableRename {
  Path from;
  Path to;

  friend bool operator==(const TableRename&, const TableRename&) = default;
};
struct RenameTables {
  List<TableRename> renames;

  friend bool operator==(const RenameTables&, const RenameTables&) = default;
};

}  // namespace octavo::sql
