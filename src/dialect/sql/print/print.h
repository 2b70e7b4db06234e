#pragma once

// Trees as canonical text: views are kept as it, EXPLAIN and SHOW CREATE print it. It reads back to
// an equal tree in no special mode, and looks as MySQL prints views: operators in parentheses,
// names in quotes, words of queries in lower case.

#include <set>
#include <string>

#include "dialect/sql/ast/resolved_names.h"
#include "dialect/sql/ast/statement.h"
#include "dialect/sql/lexer/dialect.h"

namespace octavo::sql {

struct PrintOptions {
  const Dialect& dialect = kMysqlDialect;  // says which names need quotes
  char name_quote = '`';                   // `"` for sessions in ANSI_QUOTES
  // Names in full, and each item of a select list with its name. Null: as they are written.
  const ResolvedNames* names = nullptr;
  // Where tables and columns are named with it, it is left out.
  std::string_view left_out_database = {};
};

// The databases that its tables are named with.
std::set<std::string> databases_of(const Query& query);

std::string print(const Statement& statement, const PrintOptions& options = {});
std::string print(const Query& query, const PrintOptions& options = {});
std::string print(const Expr& expr, const PrintOptions& options = {});
std::string print(const DataType& type, const PrintOptions& options = {});

}  // namespace octavo::sql
