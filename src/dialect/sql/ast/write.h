#pragma once

// Statements that change rows.

#include "dialect/sql/ast/query.h"

namespace octavo::sql {

// Words between a writing statement's first word and its table.
namespace write_option {
enum Bit : std::uint8_t {
  kLowPriority = 1 << 0,
  kHighPriority = 1 << 1,
  kDelayed = 1 << 2,
  kConcurrent = 1 << 3,
  kQuick = 1 << 4,
  kIgnore = 1 << 5,
};
struct Row {
  std::uint8_t bit;
  std::string_view text;
};
constexpr Row kRows[] = {
    {kLowPriority, "LOW_PRIORITY"},
    {kHighPriority, "HIGH_PRIORITY"},
    {kDelayed, "DELAYED"},
    {kConcurrent, "CONCURRENT"},
    {kQuick, "QUICK"},
    {kIgnore, "IGNORE"},
};
}  // namespace write_option

struct Assignment {
  Path column;
  Expr value;

  friend bool operator==(const Assignment&, const Assignment&) = default;
};

// The form with SET is one row with columns.
struct Insert {
  bool replace = false;
  std::uint8_t options = 0;  // of write_option
  std::string_view hints;
  Path table;
  List<Name> partitions;
  List<Path> columns;
  bool has_columns = false;  // `()` is a list as well
  List<RowOf> rows;          // or
  Ref<Query> query;
  Name row_alias;
  List<Name> column_aliases;
  List<Assignment> on_duplicate;

  friend bool operator==(const Insert&, const Insert&) = default;
};

struct Update {
  Ref<With> with;
  std::uint8_t options = 0;
  std::string_view hints;
  List<TableRef> tables;
  List<Assignment> set;
  Ref<Expr> where;
  List<OrderItem> order_by;
  Ref<Limit> limit;

  friend bool operator==(const Update&, const Update&) = default;
};

struct Delete {
  Ref<With> with;
  std::uint8_t options = 0;
  std::string_view hints;
  List<Path> targets;  // of the form for several tables; `t.*` is `t`
  List<TableRef> from;
  Ref<Expr> where;
  List<OrderItem> order_by;
  Ref<Limit> limit;

  friend bool operator==(const Delete&, const Delete&) = default;
};

struct LoadData {
  enum class Duplicates : std::uint8_t { unsaid, replace, ignore };
  std::uint8_t options = 0;
  bool local = false;
  std::string_view file;
  Duplicates duplicates = Duplicates::unsaid;
  Path table;
  List<Name> partitions;
  Name charset;
  FileFormat format;
  std::string_view skip_lines;  // digits; empty: none
  List<Expr> fields;            // columns and @variables
  List<Assignment> set;

  friend bool operator==(const LoadData&, const LoadData&) = default;
};

}  // namespace octavo::sql
