#pragma once

// SHOW as queries of information_schema: a row for each form.

#include <span>
#include <string>
#include <string_view>

#include "dialect/sql/ast/show.h"

namespace octavo::mysql {

struct ShowForm {
  sql::ShowKind kind;
  // The list of the query; {header} is what it is called in the pattern's company, {database} the
  // database that it is about.
  std::string_view list;
  std::string_view full_list = {};  // with FULL; empty: the same
  std::string_view table;           // that it is about; of variables the one of the session
  std::string_view global_table = {};
  std::string_view condition = {};       // {database} and {table} are literals
  std::string_view pattern_column = {};  // what LIKE is about
  std::string_view order = {};
};

// Null: the statement is no such query.
const ShowForm* find_show_form(sql::ShowKind kind);

struct ShowNames {
  std::string database, table;
  std::string suffix;  // of the header: " (pattern)", or empty
};
// The query's text. `where`: a condition over the columns that are shown; empty: none.
std::string show_text(const ShowForm& form, const sql::Show& show, const ShowNames& names);

// A text as a literal.
std::string quoted(std::string_view text);

}  // namespace octavo::mysql
