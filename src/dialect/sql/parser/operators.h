#pragma once

#include <cstdint>

#include "dialect/sql/ast/operators.h"
#include "dialect/sql/lexer/terminal.h"

namespace octavo::sql {

// What to do behind an operand.
enum class Infix : std::uint8_t {
  binary,
  comparison,  // binary, and may compare with ANY or ALL of a query
  all_of,      // AND
  any_of,      // OR
  is,
  predicate,  // IN, LIKE, …, with or without NOT before it
};

struct InfixRow {
  Terminal terminal;
  Level level;
  Infix infix;
  BinaryOperator op = BinaryOperator::equal;  // of binary ones
};

// Null when no operator begins with it. `||` is OR here; a mode makes it another (parse_concat).
const InfixRow* find_infix(std::uint16_t terminal);

}  // namespace octavo::sql
