#pragma once

// What the conditions of a join say of one table and of others that are joined already: how many
// rows both give, and by which key rows are found.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/join_cost.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/bind/row_plan.h"
#include "dialect/sql/bind/stored_index.h"

namespace octavo::sql {

using JoinConditions = std::vector<JoinCondition>;

inline bool is_within(TableSet tables, TableSet all) { return (tables & ~all) == 0; }

// One table, with the conditions that name no other.
struct JoinUnit {
  std::size_t number = 0;
  JoinConditions own;
  algebra::PlanPtr access;
  double rows = 1;
  double cost = 0;     // of reading it
  TableSet needs = 0;  // LATERAL: tables whose rows its plan names
};

// By which key of a table its rows are found, and what the parts of that are equal to.
struct KeyLookup {
  StoredKey key;
  std::vector<algebra::ExprPtr> values;
  std::vector<algebra::ExprPtr> used;  // conditions that hold of what is found by it
  TableSet from = 0;                   // tables of the values
};

// Of a table and those of the joined ones that conditions name beside it.
struct JoinLink {
  bool is_equal = false;
  JoinKeys keys;
  double share = 1;  // of other conditions
  bool has_lookup = false;
  Found found = Found::by_key;  // by either of the two
  // Of one look; unset: as many as the table has rows for each of those that are joined.
  std::optional<double> matches;
  double table_rows = 1;
  std::optional<RowPlan> by_row;  // made where there is no lookup
  double read_by_row = 0;
};

// The least work.
struct JoinWay {
  enum class Kind { lateral, lookup, by_row, hash } kind = Kind::hash;
  double cost = 0;
  double rows = 1;  // of the join
};

class JoinLinks {
 public:
  JoinLinks(std::span<const Relation> tables, Binding& binding);

  const Relation& relation(const JoinUnit& unit) const { return tables_[unit.number]; }
  TableRows rows() const { return row_of_table_; }
  TableSet named(const algebra::ExprPtr& expression) const {
    return tables_named(expression, row_of_table_);
  }
  TableSet needs_of(std::size_t table) const;
  double share_of(const algebra::ExprPtr& condition);

  JoinUnit unit_of(std::size_t number, JoinConditions own);

  // Whether the condition can be asked when the one comes to the others, and not before.
  static bool becomes_known(const JoinCondition& condition, TableSet added, TableSet joined);
  // The sides of an equality as keys of what is joined and of what comes to it.
  std::optional<EqualKeys> keys_of_sides(const JoinCondition& condition, TableSet added,
                                         TableSet joined) const;
  // What the table is equal to is equal to what follows from others that it is equal to.
  void drop_said_twice(JoinConditions& on, TableSet added, TableSet joined) const;

  // `conditions`: all of the join, or those that were not asked yet.
  JoinLink make_link(const JoinUnit& unit, const JoinConditions& conditions, TableSet joined);
  // The same, made once for the conditions of one join.
  const JoinLink& link(const JoinUnit& unit, const JoinConditions& conditions, TableSet joined);
  // `looks`: for so many of the `rows` of what is joined matches are looked for.
  struct Outer {
    double rows = 1;
    double looks = 1;
  };
  static JoinWay way_of(const JoinUnit& unit, const JoinLink& link, const Outer& outer);

  // A unique key, else one of as many parts as there may be. `on`: with the table's own.
  std::optional<KeyLookup> find_lookup(const JoinUnit& unit, const JoinConditions& on,
                                       TableSet joined);
  // A plan by the first parts of a key. `on`: without the table's own.
  std::optional<RowPlan> find_by_row(const JoinUnit& unit, const JoinConditions& on,
                                     TableSet joined);

 private:
  std::optional<StoredColumn> column_of(const algebra::ExprPtr& value) const;
  const std::vector<StoredKey>& keys_of_table(std::size_t table);
  JoinKeys values_of(const JoinUnit& unit, std::vector<EqualKeys> keys);
  double values_of(const EqualKeys& keys, double left, double right);
  bool take_unique(std::size_t table, algebra::ExprPtr EqualKeys::* side,
                   std::vector<EqualKeys>& keys, JoinKeys& values);
  double table_rows(std::size_t table) { return estimates_.plan(*tables_[table].plan); }
  std::optional<double> rows_of_key(const KeyLookup& lookup, const JoinUnit& unit);
  Found found_by(std::size_t table, std::optional<IndexId> index) const;
  Found found_by(std::size_t table, const algebra::Plan& scan) const;
  bool find_value(const KeyPart& part, const JoinConditions& conditions, TableSet joined,
                  KeyLookup& lookup) const;

  std::span<const Relation> tables_;
  Binding& binding_;
  RowEstimates estimates_;
  std::vector<algebra::VarId> row_of_table_;
  ColumnFinder columns_;  // of the tables' rows
  std::map<std::size_t, std::vector<StoredKey>> keys_;
  std::map<std::pair<std::size_t, TableSet>, JoinLink> links_;
};

}  // namespace octavo::sql
