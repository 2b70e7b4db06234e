// INTERVAL, which is a number of units of time, or a function.

#include <algorithm>

#include "dialect/sql/ast/units.h"
#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kOdbcPrefix = "SQL_TSI_";  // SQL_TSI_DAY is DAY

}  // namespace

Parsed<Name> parse_unit(Parser& parser) {
  if (parser.kind() != TokenKind::name) return parser.unexpected();
  std::string_view word = parser.upper(parser.content(parser.token()));
  if (word.starts_with(kOdbcPrefix)) word.remove_prefix(kOdbcPrefix.size());
  const auto* const unit = std::ranges::find(kUnits, word);
  if (unit == kUnits.end()) return parser.unexpected();
  parser.advance();
  return *unit;
}

bool is_simple_unit(Name unit) { return unit.find('_') == Name::npos; }

Parsed<Expr> parse_interval(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("INTERVAL"));
  Expr amount;
  if (parser.at("(") && !at_query(parser, 1)) {
    // `INTERVAL (1) DAY`, `INTERVAL (1) + 1 DAY`, or the function `INTERVAL(1, 2)`.
    Enclosed enclosed(parser);
    parser.advance();
    TRY(amount, parse_expr(parser));
    if (in_parentheses(amount)) enclosed.count_once();
    if (parser.at(",")) {
      auto arguments = parser.list<Argument>();
      arguments.add({.value = amount});
      while (parser.take(",")) {
        TRY(const Expr argument, parse_expr(parser));
        arguments.add({.value = argument});
      }
      TRY_STATUS(parser.expect(")"));
      return parse_collations(parser,
                              call_of(parser, "interval", arguments.finish(parser.arena()), begin));
    }
    TRY_STATUS(parser.expect(")"));
    TRY(amount, parse_infixes(parser, amount, Level::disjunction));
  } else {
    TRY(amount, parse_expr(parser));
  }
  TRY(const Name unit, parse_unit(parser));
  return expr_from(parser, begin, Interval{.unit = unit, .amount = parser.make(amount)});
}

}  // namespace octavo::sql
