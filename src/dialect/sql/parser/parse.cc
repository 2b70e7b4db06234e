#include "dialect/sql/parser/parse.h"

#include <limits>

#include "dialect/sql/lexer/chars.h"
#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// A `;`, and nothing behind it unless more statements may come. Returns where the next one begins.
Parsed<std::uint32_t> parse_end(Parser& parser, std::string_view text, bool several) {
  std::uint32_t next = parser.begin();
  if (parser.at(";")) {
    next = parser.token().end;
    if (several) {
      while (next < text.size() && is_space(text[next])) ++next;
      return next;
    }
    parser.advance();
  }
  if (parser.kind() != TokenKind::end) return parser.unexpected();
  return static_cast<std::uint32_t>(text.size());
}

Parsed<Tree> parse_in(Arena arena, std::string_view text, const ParseOptions& options) {
  Parser parser(text, options.dialect, options.modes, options.account, arena);
  Statement statement;
  if (parser.kind() == TokenKind::end || parser.at(";")) {
    if (!parser.lexer().saw_comment()) return parser.fault(FaultKind::nothing);
  } else {
    TRY(statement, parse_statement(parser));
    if (parser.is_too_deep()) return parser.fault(FaultKind::too_deep);
  }
  TRY(const std::uint32_t next, parse_end(parser, text, options.several_statements));
  return Tree(std::move(arena), statement, parser.parameters(), next);
}

}  // namespace

Parsed<Tree> parse(std::string_view text, const ParseOptions& options) {
  ASSERT(text.size() < std::numeric_limits<std::uint32_t>::max());
  try {
    Arena arena(options.account);
    const std::string_view copy = arena.copy(text);
    return parse_in(std::move(arena), copy, options);
  } catch (const std::bad_alloc&) {
    return std::unexpected(SyntaxFault{FaultKind::no_memory, 0});
  }
}

}  // namespace octavo::sql
