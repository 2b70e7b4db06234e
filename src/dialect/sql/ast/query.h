#pragma once

// Queries: SELECT and what combines and surrounds it.

#include "dialect/sql/ast/table_ref.h"
#include "dialect/sql/ast/window.h"

namespace octavo::sql {

struct SelectItem {
  Expr expr;
  Name alias;  // empty: none
  bool has_alias = false;
  // The column's name where there is no alias: the text as written, the first part of a string.
  // No part of the tree's meaning: two items that differ in it only are equal.
  struct Written {
    std::string_view text;
    friend bool operator==(Written, Written) { return true; }
  } written;

  friend bool operator==(const SelectItem&, const SelectItem&) = default;
};

// Words between SELECT and its list.
namespace select_option {
enum Bit : std::uint16_t {
  kDistinct = 1 << 0,
  kHighPriority = 1 << 1,
  kStraightJoin = 1 << 2,
  kSmallResult = 1 << 3,
  kBigResult = 1 << 4,
  kBufferResult = 1 << 5,
  kNoCache = 1 << 6,
  kCalcFoundRows = 1 << 7,
};
struct Row {
  std::uint16_t bit;
  std::string_view text;
};
constexpr Row kRows[] = {
    {kDistinct, "distinct"},          {kHighPriority, "high_priority"},
    {kStraightJoin, "straight_join"}, {kSmallResult, "sql_small_result"},
    {kBigResult, "sql_big_result"},   {kBufferResult, "sql_buffer_result"},
    {kNoCache, "sql_no_cache"},       {kCalcFoundRows, "sql_calc_found_rows"},
};
}  // namespace select_option

struct Select {
  std::uint16_t options = 0;  // of select_option
  std::string_view hints;     // what stood in /*+ … */
  List<SelectItem> items;
  List<TableRef> from;  // separated by commas; empty: none, or DUAL
  Ref<Expr> where;
  List<Expr> group_by;
  bool rollup = false;
  Ref<Expr> having;
  List<NamedWindow> windows;

  friend bool operator==(const Select&, const Select&) = default;
};

// VALUES ROW(1, 2), ROW(3, 4)
struct Values {
  List<RowOf> rows;

  friend bool operator==(const Values&, const Values&) = default;
};

// TABLE t
struct WholeTable {
  Path table;

  friend bool operator==(const WholeTable&, const WholeTable&) = default;
};

struct SetOperation;
// The last one: a query in parentheses that has clauses of its own.
using QueryBody =
    std::variant<Ref<Select>, Ref<Values>, Ref<WholeTable>, Ref<SetOperation>, Ref<Query>>;

enum class SetOperator : std::uint8_t { combine, except, intersect };  // the first is UNION
struct SetArm {
  SetOperator op = SetOperator::combine;  // before this arm; of no meaning for the first
  bool all = false;                       // else DISTINCT
  QueryBody body;

  friend bool operator==(const SetArm&, const SetArm&) = default;
};
// From left to right. Arms that are joined by INTERSECT are an operation of their own.
struct SetOperation {
  List<SetArm> arms;

  friend bool operator==(const SetOperation&, const SetOperation&) = default;
};

struct CommonTable {
  Name name;
  List<Name> columns;
  Ref<Query> query;

  friend bool operator==(const CommonTable&, const CommonTable&) = default;
};
struct With {
  bool recursive = false;
  List<CommonTable> tables;

  friend bool operator==(const With&, const With&) = default;
};

struct Limit {
  Expr count;
  Ref<Expr> offset;
  bool offset_first = false;  // `LIMIT offset, count`: so are their parameters numbered

  friend bool operator==(const Limit&, const Limit&) = default;
};

// FOR UPDATE OF a, b NOWAIT. LOCK IN SHARE MODE is FOR SHARE.
struct Locking {
  enum class Wait : std::uint8_t { wait, nowait, skip_locked };
  bool share = false;
  List<Path> of;
  Wait wait = Wait::wait;

  friend bool operator==(const Locking&, const Locking&) = default;
};

// How files are written and read.
struct FileFormat {
  std::optional<std::string_view> fields_terminated;
  std::optional<std::string_view> fields_enclosed;
  bool optionally_enclosed = false;
  std::optional<std::string_view> fields_escaped;
  std::optional<std::string_view> lines_starting;
  std::optional<std::string_view> lines_terminated;

  friend bool operator==(const FileFormat&, const FileFormat&) = default;
};

// INTO @a, @b; INTO OUTFILE 'f'; INTO DUMPFILE 'f'
struct Into {
  enum class Kind : std::uint8_t { variables, outfile, dumpfile };
  Kind kind = Kind::variables;
  List<Expr> variables;  // a name without `@` is a stored program's
  std::string_view file;
  Name charset;
  FileFormat format;

  friend bool operator==(const Into&, const Into&) = default;
};

struct Query {
  Place place;
  Ref<With> with;
  QueryBody body;
  List<OrderItem> order_by;
  Ref<Limit> limit;
  List<Locking> locking;
  Ref<Into> into;

  friend bool operator==(const Query&, const Query&) = default;
};

}  // namespace octavo::sql
