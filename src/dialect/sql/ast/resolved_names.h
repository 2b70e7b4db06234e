#pragma once

// What the names of a tree were found to mean: for a text of it that means the same elsewhere, and
// when tables get further columns. Keys are places in the tree's arena.

#include <map>
#include <string>
#include <vector>

#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

struct ResolvedNames {
  using Parts = std::vector<std::string>;  // of a path, the outermost first
  // Of columns and tables, by where their paths begin.
  std::map<const Name*, Parts> paths;
  // `*` of a select list: its columns, and what they are called.
  struct Column {
    Parts path;
    std::string name;
  };
  std::map<const Expr*, std::vector<Column>> stars;
};

}  // namespace octavo::sql
