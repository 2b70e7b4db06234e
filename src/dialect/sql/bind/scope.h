#pragma once

// The names that a query block may use: the tables of its FROM and their columns.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/ast/node.h"
#include "dialect/sql/bind/clauses.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// A column that a query may name. Its expression is over the one variable that stands for a row.
struct ScopeColumn {
  std::string name;
  Typed typed;
  std::size_t table = 0;      // of the scope's
  std::string original_name;  // as the table that has it calls it; empty: it is computed
  std::uint16_t flags = 0;    // of column_flag (bound.h)
  bool hidden = false;        // named or not at all: no part of `*`
  bool merged = false;        // by USING with another one, which has the name alone
  bool computed = false;      // of other columns, maybe to something where these are null
};

// Something in FROM.
struct ScopeTable {
  std::string database, name;  // of a derived table both are empty
  std::string alias;
  const catalog::TableDefinition* definition = nullptr;  // of a stored table
  algebra::ExprPtr stored = nullptr;                     // its row, as it is stored
  // The same, where any field of it may be named.
  algebra::ExprPtr document = nullptr;
  // Of a view over the rows of a stored table: that one's database, and whose rights it is used
  // with (Tables::may).
  std::string home = {};
  bool is_view = false;
  std::optional<std::string> rights = {};

  const std::string* as() const { return rights ? &*rights : nullptr; }
};

class Scope {
 public:
  // `outer`: of the query around; null: none. It outlives this one.
  Scope(algebra::VarId row, const Scope* outer) : row_(row), outer_(outer) {}

  algebra::VarId row() const { return row_; }
  const Scope* outer() const { return outer_; }
  const std::vector<ScopeTable>& tables() const { return tables_; }
  const std::deque<ScopeColumn>& columns() const { return columns_; }
  // The numbers of those that `*` names, in its order.
  std::vector<std::size_t> shown() const;
  // They are these, and not all that are not hidden.
  void show(std::vector<std::size_t> columns) { shown_ = std::move(columns); }

  // `db.t.c`; the database only where the table is called as it is there.
  std::vector<std::string> full_name(const ScopeColumn& column) const;

  // With its columns, whose `table` it sets. 1066: there is one of that alias.
  Status add(ScopeTable table, std::vector<ScopeColumn> columns);
  // Of `db.t` or `t`. Nothing: there is none.
  std::optional<std::size_t> find_table(const Path& path) const;

  // The column, which stays where it is; null: there is none of that name. 1052.
  Result<const ScopeColumn*> find(const Path& path, Clause clause) const;
  // One of that table; null: it has none of that name.
  const ScopeColumn* find_in(std::size_t table, std::string_view name) const;
  // The field of an open table that the name may be: a column of any type. Null: there is none, or
  // it may be of several tables.
  const ScopeColumn* add_field(const Path& path);

 private:
  bool names(const Path& path, std::size_t table) const;

  algebra::VarId row_;
  const Scope* outer_;
  std::vector<ScopeTable> tables_;
  std::deque<ScopeColumn> columns_;
  std::optional<std::vector<std::size_t>> shown_;
};

}  // namespace octavo::sql
