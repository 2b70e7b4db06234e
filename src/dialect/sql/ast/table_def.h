#pragma once

// What tables are made of: columns, keys, constraints, options.

#include "dialect/sql/ast/query.h"

namespace octavo::sql {

// A part of a key: a column, the first characters of one, or an expression.
struct KeyPart {
  Name column;
  std::uint32_t prefix = 0;  // characters; 0: all
  Ref<Expr> expr;
  bool descending = false;

  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

enum class KeyKind : std::uint8_t { plain, primary, unique, fulltext, spatial };

struct KeyOptions {
  Name using_type;              // BTREE, HASH, RTREE, upper case; empty: as the engine has it
  std::string_view block_size;  // digits
  Name parser;
  std::optional<std::string_view> comment;
  std::optional<bool> visible;

  friend bool operator==(const KeyOptions&, const KeyOptions&) = default;
};

struct KeyDef {
  KeyKind kind = KeyKind::plain;
  Name constraint;
  Name name;
  List<KeyPart> parts;
  KeyOptions options;

  friend bool operator==(const KeyDef&, const KeyDef&) = default;
};

enum class ReferenceAction : std::uint8_t {
  unsaid,
  restrict,
  cascade,
  set_null,
  no_action,
  set_default,
};
enum class ReferenceMatch : std::uint8_t { unsaid, full, partial, simple };
struct References {
  Path table;
  List<KeyPart> columns;
  ReferenceMatch match = ReferenceMatch::unsaid;
  ReferenceAction on_delete = ReferenceAction::unsaid;
  ReferenceAction on_update = ReferenceAction::unsaid;

  friend bool operator==(const References&, const References&) = default;
};
struct ForeignKey {
  Name constraint;
  Name index;
  List<KeyPart> columns;
  References references;

  friend bool operator==(const ForeignKey&, const ForeignKey&) = default;
};

struct CheckDef {
  Name constraint;
  Expr condition;
  bool enforced = true;

  friend bool operator==(const CheckDef&, const CheckDef&) = default;
};

struct Generated {
  Expr value;
  bool stored = false;  // else computed when read

  friend bool operator==(const Generated&, const Generated&) = default;
};

enum class ColumnKey : std::uint8_t { none, unique, primary };

struct ColumnDef {
  Place place;
  Name name;
  DataType type;
  std::optional<bool> nullable;
  Ref<Expr> default_value;
  bool default_in_parentheses = false;  // DEFAULT (…), which may be a literal all the same
  Ref<Expr> on_update;
  Ref<Generated> generated;
  bool auto_increment = false;
  ColumnKey key = ColumnKey::none;
  std::optional<bool> visible;
  std::optional<std::string_view> comment;
  Name format;            // COLUMN_FORMAT, upper case
  Name storage;           // STORAGE, upper case
  std::string_view srid;  // digits
  List<CheckDef> checks;
  Ref<References> references;  // MySQL reads and forgets them

  friend bool operator==(const ColumnDef&, const ColumnDef&) = default;
};

using TableElement = std::variant<Ref<ColumnDef>, Ref<KeyDef>, Ref<ForeignKey>, Ref<CheckDef>>;

// ENGINE = InnoDB, of tables, databases and what is like them.
struct TableOption {
  enum class Kind : std::uint8_t { name, word, text, tables };
  Name name;  // a row of the table of options, upper case
  Kind kind = Kind::name;
  std::string_view value;  // of the first three; of a word upper case, or digits
  List<Path> tables;       // UNION = (a, b)

  friend bool operator==(const TableOption&, const TableOption&) = default;
};

}  // namespace octavo::sql
