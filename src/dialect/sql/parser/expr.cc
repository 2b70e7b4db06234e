// Operators, by precedence climbing.

#include "dialect/sql/parser/grammar.h"
#include "dialect/sql/parser/operators.h"

namespace octavo::sql {
namespace {

Parsed<Expr> parse_not(Parser& parser, Level level, std::uint32_t begin) {
  TRY(const Expr operand, parse_operand(parser, level));
  TRY_STATUS(parser.deepen());
  const Unary node{.op = UnaryOperator::logical_not, .operand = parser.make(operand)};
  return expr_from(parser, begin, node);
}

// In canonical text its operand is in parentheses.
Parsed<Expr> parse_sign(Parser& parser, UnaryOperator op, std::uint32_t begin) {
  const bool enclosed = parser.at("(");
  TRY(const Expr operand, parse_operand(parser, Level::unary));
  const bool row = std::holds_alternative<RowOf>(operand.node);
  if (!in_parentheses(operand) && (!enclosed || row)) TRY_STATUS(parser.deepen());
  return expr_from(parser, begin, Unary{.op = op, .operand = parser.make(operand)});
}

// BINARY x is CAST(x AS BINARY).
Parsed<Expr> parse_binary_cast(Parser& parser, std::uint32_t begin) {
  TRY(const Expr operand, parse_operand(parser, Level::unary));
  TRY_STATUS(parser.deepen());
  const Cast cast{.operand = parser.make(operand),
                  .type = parser.make(DataType{.kind = TypeKind::binary})};
  return expr_from(parser, begin, parser.make(cast));
}

// INTERVAL 1 DAY + x. What is added reaches as far as it can, comparisons included.
Parsed<Expr> parse_leading_interval(Parser& parser, Level least) {
  TRY(const Expr first, parse_interval(parser));
  if (!std::holds_alternative<Interval>(first.node)) return first;
  if (least >= Level::unary || !parser.at("+")) return parser.unexpected();
  parser.advance();
  TRY(const Expr right, parse_operand(parser, Level::comparison));
  return make_binary(parser, BinaryOperator::add, first, right);
}

Parsed<Expr> parse_prefix(Parser& parser, Level least) {
  const std::uint32_t begin = parser.begin();
  if (parser.at("NOT") && !parser.mode(mode::kHighNotPrecedence)) {
    if (least > Level::negation) return parser.unexpected();
    parser.advance();
    return parse_not(parser, Level::negation, begin);
  }
  if (parser.take("NOT") || parser.take("!")) return parse_not(parser, Level::unary, begin);
  if (parser.take("-")) return parse_sign(parser, UnaryOperator::minus, begin);
  if (parser.take("~")) return parse_sign(parser, UnaryOperator::bit_not, begin);
  if (parser.take("+")) return parse_operand(parser, Level::unary);
  if (parser.take("BINARY")) return parse_binary_cast(parser, begin);
  if (parser.at("INTERVAL")) return parse_leading_interval(parser, least);
  return parse_primary(parser);
}

Parsed<Expr> parse_junction(Parser& parser, const Expr& first, const InfixRow& row) {
  auto operands = parser.list<Expr>();
  operands.add(first);
  for (const InfixRow* next = &row; next != nullptr && next->infix == row.infix;
       next = find_infix(parser.token().terminal)) {
    parser.advance();
    TRY(const Expr operand, parse_operand(parser, next_level(row.level)));
    operands.add(operand);
  }
  TRY_STATUS(parser.deepen());
  const Junction junction{.all = row.infix == Infix::all_of,
                          .operands = operands.finish(parser.arena())};
  return expr_from(parser, first.place.begin, junction);
}

// `a || b || c` where that is no OR: concat(a, b, c).
Parsed<Expr> parse_concat(Parser& parser, const Expr& first) {
  auto arguments = parser.list<Argument>();
  arguments.add({.value = first});
  while (parser.take("||")) {
    TRY(const Expr operand, parse_operand(parser, next_level(Level::concatenation)));
    arguments.add({.value = operand});
  }
  TRY_STATUS(parser.deepen());
  return call_of(parser, "concat", arguments.finish(parser.arena()), first.place.begin);
}

Parsed<Expr> parse_right(Parser& parser, const InfixRow& row) {
  if (row.level != Level::additive || !parser.at("INTERVAL")) {
    return parse_operand(parser, next_level(row.level));
  }
  TRY(const Expr right, parse_interval(parser));
  if (std::holds_alternative<Interval>(right.node)) return right;
  return parse_infixes(parser, right, next_level(row.level));
}

Parsed<Expr> parse_comparison(Parser& parser, const Expr& left, const InfixRow& row) {
  const bool all = parser.at("ALL", "(");
  if (!all && !parser.at("ANY", "(") && !parser.at("SOME", "(")) {
    TRY(const Expr right, parse_operand(parser, next_level(row.level)));
    return make_binary(parser, row.op, left, right);
  }
  parser.advance();
  TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
  TRY_STATUS(parser.deepen());
  const Quantified node{.op = row.op, .all = all, .left = parser.make(left), .query = query};
  return expr_from(parser, left.place.begin, parser.make(node));
}

}  // namespace

Parsed<Expr> make_binary(Parser& parser, BinaryOperator op, const Expr& left, const Expr& right) {
  TRY_STATUS(parser.deepen());
  const Binary node{.op = op, .left = parser.make(left), .right = parser.make(right)};
  return expr_from(parser, left.place.begin, node);
}

Parsed<Expr> parse_infixes(Parser& parser, Expr left, Level least) {
  // A predicate is no operand of another one, nor is a comparison.
  bool simple = true;
  for (;;) {
    if (parser.at("||") && parser.mode(mode::kPipesAsConcat)) {
      if (least > Level::concatenation) return left;
      TRY(left, parse_concat(parser, left));
      continue;
    }
    const InfixRow* const row = find_infix(parser.token().terminal);
    if (row == nullptr || row->level < least) return left;
    switch (row->infix) {
      case Infix::any_of:
      case Infix::all_of: {
        TRY(left, parse_junction(parser, left, *row));
        break;
      }
      case Infix::comparison: {
        parser.advance();
        TRY(left, parse_comparison(parser, left, *row));
        break;
      }
      case Infix::is: {
        TRY(left, parse_is(parser, left));
        break;
      }
      case Infix::predicate: {
        if (!simple || !at_predicate(parser)) return left;
        TRY(left, parse_predicate(parser, left));
        break;
      }
      case Infix::binary: {
        parser.advance();
        TRY(const Expr right, parse_right(parser, *row));
        TRY(left, make_binary(parser, row->op, left, right));
        break;
      }
    }
    if (row->level <= Level::predicate) simple = false;
  }
}

Parsed<Expr> parse_operand(Parser& parser, Level least) {
  const Nested nested(parser);
  if (!nested) return parser.fault(FaultKind::too_deep);
  TRY(const Expr left, parse_prefix(parser, least));
  return parse_infixes(parser, left, least);
}

Parsed<Expr> parse_expr(Parser& parser) { return parse_operand(parser, Level::disjunction); }

Parsed<Ref<Expr>> parse_expr_node(Parser& parser) {
  TRY(const Expr expr, parse_expr(parser));
  return parser.make(expr);
}

Parsed<List<Expr>> parse_exprs(Parser& parser) { return parser.list_of<Expr>(parse_expr); }

}  // namespace octavo::sql
