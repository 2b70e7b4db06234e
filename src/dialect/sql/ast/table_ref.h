#pragma once

// What FROM names.

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/ast/type.h"

namespace octavo::sql {

struct IndexHint {
  enum class Kind : std::uint8_t { use, ignore, force };
  enum class Purpose : std::uint8_t { any, join, order_by, group_by };
  Kind kind = Kind::use;
  Purpose purpose = Purpose::any;
  List<Name> indexes;  // PRIMARY is a name

  friend bool operator==(const IndexHint&, const IndexHint&) = default;
};

struct BaseTable {
  Path table;
  List<Name> partitions;
  Name alias;
  List<IndexHint> hints;

  friend bool operator==(const BaseTable&, const BaseTable&) = default;
};

struct DerivedTable {
  bool lateral = false;
  Ref<Query> query;
  Name alias;  // empty: none, which MySQL refuses
  List<Name> columns;

  friend bool operator==(const DerivedTable&, const DerivedTable&) = default;
};

// What a JSON function gives where nothing is found, or what is found is wrong.
struct JsonFallback {
  enum class Kind : std::uint8_t { unsaid, null, error, value };
  Kind kind = Kind::unsaid;
  Ref<Expr> value;

  friend bool operator==(const JsonFallback&, const JsonFallback&) = default;
};
struct JsonColumn {
  enum class Kind : std::uint8_t { ordinality, path, exists, nested };
  Kind kind = Kind::path;
  Name name;
  Ref<DataType> type;
  std::string_view path;
  JsonFallback on_empty;
  JsonFallback on_error;
  List<JsonColumn> nested;

  friend bool operator==(const JsonColumn&, const JsonColumn&) = default;
};
struct JsonTable {
  Expr document;
  std::string_view path;
  List<JsonColumn> columns;
  Name alias;

  friend bool operator==(const JsonTable&, const JsonTable&) = default;
};

struct Join;
struct TableRef;
// (a, b): a list in parentheses, joined with another table.
struct TableList {
  List<TableRef> tables;

  friend bool operator==(const TableList&, const TableList&) = default;
};

struct TableRef {
  Place place;
  std::variant<Ref<BaseTable>, Ref<DerivedTable>, Ref<JsonTable>, Ref<Join>, TableList> node;

  friend bool operator==(const TableRef&, const TableRef&) = default;
};

// CROSS JOIN and JOIN are `inner`.
enum class JoinKind : std::uint8_t { inner, straight, left, right };
struct Join {
  JoinKind kind = JoinKind::inner;
  bool natural = false;
  TableRef left;
  TableRef right;
  Ref<Expr> on;
  List<Name> using_columns;

  friend bool operator==(const Join&, const Join&) = default;
};

}  // namespace octavo::sql
