// Calls of functions. Most have a list of arguments; those whose parentheses hold more than that
// are rows of special_call.cc.

#include "dialect/sql/parser/special_call.h"

namespace octavo::sql {
namespace {

bool may_be_called(Parser& parser) {
  if (parser.at_name()) return true;
  const WordRow* const row = word_of(parser.token().terminal);
  return row != nullptr &&
         (row->*parser.dialect().words & (word::kCalled | word::kOnlyCalled)) != 0;
}

// A name that means a special call where it is written as the word: `count (x)` and `` `count`(x)
// `` are calls of a function that somebody made.
bool is_by_name(Parser& parser, const Token& token) {
  if (token.terminal != 0) return false;
  const std::uint16_t row = find_word(parser.content(token));
  return row != kNoWord && find_special_call(Terminal::of_word(row)) != nullptr;
}

Parsed<Argument> parse_argument(Parser& parser) {
  TRY(const Expr value, parse_expr(parser));
  // `f(x AS name)`: loadable functions see the name, which nothing here has.
  if (parser.take("AS")) {
    TRY_STATUS(parser.name_or_text());
  }
  return Argument{.value = value};
}

Parsed<Path> parse_function_name(Parser& parser) {
  const Name first = parser.content(parser.token());
  parser.advance();
  auto parts = parser.list<Name>();
  if (parser.take(".")) {
    parts.add(first);
    TRY(const Name second, parser.name());
    parts.add(parser.lower(second));
  } else {
    parts.add(parser.lower(first));
  }
  return parts.finish(parser.arena());
}

Parsed<Call::Nulls> parse_nulls(Parser& parser) {
  if (parser.take("RESPECT")) {
    TRY_STATUS(parser.expect("NULLS"));
    return Call::Nulls::respect;
  }
  if (parser.take("IGNORE", "NULLS")) return Call::Nulls::ignore;
  return Call::Nulls::as_usual;
}

Checked parse_window_part(Parser& parser, const SpecialCallRow& row, Call& call) {
  if ((row.flags & special::kFromLast) != 0 && parser.take("FROM")) {
    call.from_last = parser.take("LAST");
    if (!call.from_last) TRY_STATUS(parser.expect("FIRST"));
  }
  if ((row.flags & special::kNulls) != 0) {
    TRY(call.nulls, parse_nulls(parser));
  }
  if (parser.at("OVER")) {
    TRY(call.over, parse_over(parser));
  } else if ((row.flags & special::kNeedsWindow) != 0) {
    return parser.unexpected();
  }
  return {};
}

Parsed<Expr> parse_special(Parser& parser, const SpecialCallRow& row) {
  const std::uint32_t begin = parser.begin();
  parser.advance();
  Call call;
  auto parts = parser.list<Name>();
  parts.add(row.name);
  call.name = parts.finish(parser.arena());
  if ((row.flags & special::kBare) != 0 && !parser.at("(")) {
    return expr_from(parser, begin, parser.make(call));
  }
  TRY_STATUS(parser.expect("("));
  if (row.parse != nullptr) {
    TRY_STATUS(row.parse(parser, call));
  } else if (!parser.at(")")) {
    TRY(call.arguments, parser.list_of<Argument>(parse_argument));
  }
  TRY_STATUS(parser.expect(")"));
  if ((row.flags & special::kWindow) != 0) TRY_STATUS(parse_window_part(parser, row, call));
  return expr_from(parser, begin, parser.make(call));
}

// CAST and CONVERT make other nodes than calls.
Parsed<Expr> parse_rewritten(Parser& parser, const SpecialCallRow& row) {
  const std::uint32_t begin = parser.begin();
  parser.advance();
  TRY_STATUS(parser.expect("("));
  TRY(Expr expr, row.rewrite(parser));
  TRY_STATUS(parser.expect(")"));
  expr.place = parser.place_from(begin);
  return expr;
}

// The row of the current token, where that begins a special call.
const SpecialCallRow* find_special(Parser& parser) {
  const SpecialCallRow* const row = find_special_call(parser.token().terminal);
  if (row == nullptr) return nullptr;
  return (row->flags & special::kBare) != 0 || parser.at_ahead(1, "(") ? row : nullptr;
}

}  // namespace

bool at_call(Parser& parser) {
  if (find_special(parser) != nullptr) return true;
  if (!may_be_called(parser)) return false;
  if (parser.at_ahead(1, "(")) return true;
  return parser.at_ahead(1, ".") && parser.at_name(2) && parser.at_ahead(3, "(");
}

Parsed<Expr> parse_call(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (const SpecialCallRow* const row = find_special(parser)) {
    return row->rewrite != nullptr ? parse_rewritten(parser, *row) : parse_special(parser, *row);
  }
  const bool by_name = is_by_name(parser, parser.token());
  Call call;
  TRY(call.name, parse_function_name(parser));
  call.by_name = by_name && call.name.size() == 1;
  TRY_STATUS(parser.expect("("));
  if (!parser.at(")")) {
    TRY(call.arguments, parser.list_of<Argument>(parse_argument));
  }
  TRY_STATUS(parser.expect(")"));
  return expr_from(parser, begin, parser.make(call));
}

Expr call_of(Parser& parser, Name name, List<Argument> arguments, std::uint32_t begin) {
  auto parts = parser.list<Name>();
  parts.add(name);
  const Call call{.name = parts.finish(parser.arena()), .arguments = arguments};
  return {.place = parser.place_from(begin), .node = parser.make(call)};
}

}  // namespace octavo::sql
