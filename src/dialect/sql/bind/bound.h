#pragma once

// What binding makes of a statement. Nothing in it points into the tree.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "base/id.h"
#include "base/result.h"
#include "dialect/sql/ast/query.h"
#include "dialect/sql/ast/write.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/type/type.h"

namespace octavo::sql {

namespace column_flag {
// As MySQL numbers them in definitions of columns.
constexpr std::uint16_t kPrimaryKey = 0x0002;
constexpr std::uint16_t kUniqueKey = 0x0004;
constexpr std::uint16_t kMultipleKey = 0x0008;
constexpr std::uint16_t kAutoIncrement = 0x0200;
constexpr std::uint16_t kTimestamp = 0x0400;  // is set to the time of a write
constexpr std::uint16_t kNoDefault = 0x1000;
constexpr std::uint16_t kOnUpdateNow = 0x2000;
constexpr std::uint16_t kPartKey = 0x4000;
}  // namespace column_flag

// What a client is told of a column of a result.
struct OutputColumn {
  std::string name;
  // Of a column of a table, else empty; `table` is what the statement calls it.
  std::string original_name, table, original_table, database;
  Type type;
  std::uint16_t flags = 0;  // of column_flag
};

// A row of a result is an array with a value for each column, of the form of its type or null.
struct BoundQuery {
  algebra::PlanPtr plan;
  std::vector<OutputColumn> columns;
  // With SQL_CALC_FOUND_ROWS: the same without its LIMIT, whose rows are only counted.
  algebra::PlanPtr without_limit;
};
// INTO is the caller's. Where rows are to be locked (`BindContext::locks`) they are locked now, and
// the plan holds them.
Result<BoundQuery> bind_query(const Query& query, BindContext& context);

enum class OnConflict : std::uint8_t {
  fail,     // 1062
  skip,     // IGNORE: 1062 as a warning
  replace,  // REPLACE: every row that is in the way is erased
  update,   // ON DUPLICATE KEY UPDATE
};

// INSERT and REPLACE. A row of `rows` is an array with a value for each of `fields`, and the
// document that is written is the object of both. What is missing then, whoever writes the row
// fills in: defaults, AUTO_INCREMENT, keys. The values are of the form of their columns; of NOT
// NULL and the rest nothing was checked.
struct BoundInsert {
  TableId table{};
  std::string database, name;
  std::vector<std::string> fields;
  algebra::PlanPtr rows;
  OnConflict on_conflict = OnConflict::fail;
  bool ignore = false;  // an error of a row becomes a warning, and the row is left out
  // For `update`: (the document that is there, the one that was to be written) → an array, of what
  // these fields of the first one become.
  std::vector<std::string> merged_fields;
  algebra::ExprPtr merge;
};
Result<BoundInsert> bind_insert(const Insert& insert, BindContext& context);

// CREATE TABLE … SELECT: the same for the rows of its query, whose columns are found by their names
// in the table that was made for them.
Result<BoundInsert> bind_created(const catalog::TableDefinition& table, std::string_view database,
                                 const BoundQuery& query, OnConflict on_conflict,
                                 BindContext& context);

// UPDATE and DELETE. `keys` yields primary keys, each once, in the order in which their rows are to
// be changed; there may be no row of a key. A row is read again when it is its turn, and is left
// alone where `condition` (document → boolean; null: there is none) is not true of it any more.
struct BoundEdit {
  TableId table{};
  std::string database, name;
  algebra::PlanPtr keys;
  algebra::ExprPtr condition;
  // What these fields become: document → an array. Null: the row is erased.
  std::vector<std::string> fields;
  algebra::ExprPtr edit;
  bool changes_key = false;  // a field is of the primary key: the row may move
  bool ignore = false;       // as of INSERT
};
// Of one table; those of several below.
Result<BoundEdit> bind_update(const Update& update, BindContext& context);
Result<BoundEdit> bind_delete(const Delete& statement, BindContext& context);

// UPDATE and DELETE of rows of a join. A row of `rows` is an array: for each of `tables` the
// primary key of its row, null where it has none, then the row of the join. Of each table a row is
// changed once, by the first that names it. Its `condition` and `edit` have the row of the join as
// a second parameter, and its `keys` are null.
struct BoundJoinedEdit {
  algebra::PlanPtr rows;
  std::vector<BoundEdit> tables;
};
// Whether they are of rows of a join.
bool is_joined(const Update& update);
bool is_joined(const Delete& statement);
Result<BoundJoinedEdit> bind_joined_update(const Update& update, BindContext& context);
Result<BoundJoinedEdit> bind_joined_delete(const Delete& statement, BindContext& context);

}  // namespace octavo::sql
