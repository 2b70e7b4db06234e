#pragma once

// Joins as a set of tables and what holds of their rows: inner joins have no order, and tables
// whose rows may be without a match are attached to those before them.
//
// A table's row is the variable of its own scope. Tables have numbers, in the order of the text.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/expr.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

using TableSet = std::uint64_t;  // bits
constexpr std::size_t kMostJoinedTables = 61;
constexpr TableSet set_of(std::size_t table) { return TableSet{1} << table; }

struct JoinCondition {
  Typed typed;
  TableSet tables = 0;  // that it names
  bool pure = true;     // the same whenever it is computed
  // It follows from others, which are asked as well.
  bool implied = false;
};

// Moves those that `is_meant` from the list.
template <class Meant>
std::vector<JoinCondition> take_conditions(std::vector<JoinCondition>& from,
                                           const Meant& is_meant) {
  std::vector<JoinCondition> taken;
  std::erase_if(from, [&](JoinCondition& condition) {
    if (!is_meant(condition)) return false;
    taken.push_back(std::move(condition));
    return true;
  });
  return taken;
}

struct AttachedBlock;
struct JoinBlock {
  TableSet tables = 0;  // joined with each other
  std::vector<JoinCondition> conditions;
  // One after the other: conditions of a later one may name tables of those before it.
  std::vector<AttachedBlock> attached;

  TableSet all() const;  // with those attached
};
// LEFT JOIN: rows of the others stay that have no match in the block.
struct AttachedBlock {
  JoinBlock block;
  std::vector<JoinCondition> on;
};

// The tables' variables, by number.
using TableRows = std::span<const algebra::VarId>;

TableSet tables_named(const algebra::ExprPtr& expression, TableRows rows);

// Rows of joins are pairs: the row on one side, "left" or "right".
algebra::ExprPtr side_of(algebra::VarId pair, std::string_view side);

// Attached tables are joined like the others where a condition is true of no row that is without a
// match; conditions are moved to the blocks whose tables alone they name.
void simplify(JoinBlock& block, TableRows rows);

}  // namespace octavo::sql
