#pragma once

// SQL texts to trees.
//
//   std::string_view rest = text;
//   while (!rest.empty()) {
//     const auto tree = parse(rest, {.several_statements = true});
//     if (!tree) return complaint_of(tree.error(), rest).message;
//     … run tree->statement() …
//     rest.remove_prefix(tree->text_bytes());
//   }
//
// One statement at a time: those behind it are read when it has been run, in the modes that it may
// have changed. What a statement means, whether its names are known and its types fit, is the
// binder's.

#include <string>
#include <string_view>

#include "dialect/sql/ast/tree.h"
#include "dialect/sql/lexer/dialect.h"
#include "dialect/sql/parser/fault.h"

namespace octavo::sql {

struct ParseOptions {
  const Dialect& dialect = kMysqlDialect;
  Modes modes = 0;
  bool several_statements = false;  // a `;` may be followed by another statement
  // What the tree takes, the text included, is charged to it as long as the tree lives.
  value::Account* account = nullptr;
};

// The text is copied, so that the tree stands alone. Never throws; the error of an account that is
// used up is FaultKind::no_memory.
Parsed<Tree> parse(std::string_view text, const ParseOptions& options);

// What a client is told.
struct Complaint {
  std::uint16_t number;  // as MySQL counts its errors
  std::string_view sql_state;
  std::string message;
};
Complaint complaint_of(const SyntaxFault& fault, std::string_view text);

}  // namespace octavo::sql
