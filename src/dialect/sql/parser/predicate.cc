// What is asked of an operand: IN, BETWEEN, LIKE, REGEXP, SOUNDS LIKE, MEMBER OF, IS.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

template <class Node>
Parsed<Expr> predicate_of(Parser& parser, const Expr& left, const Node& node) {
  TRY_STATUS(parser.deepen());
  return Expr{.place = parser.place_from(left.place.begin), .node = node};
}

Parsed<Expr> parse_in(Parser& parser, const Expr& left, bool negated) {
  In in{.negated = negated, .operand = parser.make(left)};
  if (parser.at("(") && at_query(parser, 1)) {
    TRY(in.query, parse_query_in_parentheses(parser));
    return predicate_of(parser, left, parser.make(in));
  }
  TRY_STATUS(parser.expect("("));
  TRY(in.items, parse_exprs(parser));
  // `IN ((SELECT 1))` has a query for its set, `IN ((SELECT 1), 2)` a value.
  if (in.items.size() == 1) {
    if (const auto* subquery = std::get_if<Subquery>(&in.items[0].node)) {
      in.query = subquery->query;
      in.items = {};
      if (at_query_rest(parser)) {
        TRY(in.query, parse_query_rest(parser, in.query));
      }
    }
  }
  TRY_STATUS(parser.expect(")"));
  return predicate_of(parser, left, parser.make(in));
}

Parsed<Expr> parse_between(Parser& parser, const Expr& left, bool negated) {
  TRY(const Expr low, parse_operand(parser, Level::bit_or));
  TRY_STATUS(parser.expect("AND"));
  TRY(const Expr high, parse_operand(parser, Level::predicate));
  const Between between{.negated = negated,
                        .operand = parser.make(left),
                        .low = parser.make(low),
                        .high = parser.make(high)};
  return predicate_of(parser, left, parser.make(between));
}

Parsed<Expr> parse_like(Parser& parser, const Expr& left, bool negated) {
  TRY(const Expr pattern, parse_operand(parser, Level::concatenation));
  Like like{.negated = negated, .operand = parser.make(left), .pattern = parser.make(pattern)};
  if (parser.take("ESCAPE")) {
    TRY(const Expr escape, parse_operand(parser, Level::concatenation));
    like.escape = parser.make(escape);
  }
  return predicate_of(parser, left, parser.make(like));
}

Parsed<Expr> parse_member_of(Parser& parser, const Expr& left) {
  TRY_STATUS(parser.expect("("));
  TRY(const Expr array, parse_operand(parser, Level::concatenation));
  TRY_STATUS(parser.expect(")"));
  return make_binary(parser, BinaryOperator::member_of, left, array);
}

}  // namespace

bool at_predicate(Parser& parser) {
  if (parser.at("NOT")) {
    return parser.at("NOT", "IN") || parser.at("NOT", "BETWEEN") || parser.at("NOT", "LIKE") ||
           parser.at("NOT", "REGEXP") || parser.at("NOT", "RLIKE");
  }
  // These two are names elsewhere.
  if (parser.at("SOUNDS")) return parser.at("SOUNDS", "LIKE");
  if (parser.at("MEMBER")) return parser.at("MEMBER", "OF") || parser.at("MEMBER", "(");
  return true;
}

Parsed<Expr> parse_predicate(Parser& parser, const Expr& left) {
  const bool negated = parser.take("NOT");
  if (parser.take("IN")) return parse_in(parser, left, negated);
  if (parser.take("BETWEEN")) return parse_between(parser, left, negated);
  if (parser.take("LIKE")) return parse_like(parser, left, negated);
  if (parser.take("REGEXP") || parser.take("RLIKE")) {
    TRY(const Expr pattern, parse_operand(parser, Level::bit_or));
    return make_binary(parser, negated ? BinaryOperator::not_regexp : BinaryOperator::regexp, left,
                       pattern);
  }
  if (parser.take("SOUNDS", "LIKE")) {
    TRY(const Expr right, parse_operand(parser, Level::bit_or));
    return make_binary(parser, BinaryOperator::sounds_like, left, right);
  }
  TRY_STATUS(parser.expect("MEMBER"));
  parser.take("OF");
  return parse_member_of(parser, left);
}

Parsed<Expr> parse_is(Parser& parser, const Expr& left) {
  TRY_STATUS(parser.expect("IS"));
  Is is{.negated = parser.take("NOT")};
  if (parser.take("NULL")) {
    is.truth = Truth::null;
  } else if (parser.take("TRUE")) {
    is.truth = Truth::yes;
  } else if (parser.take("FALSE")) {
    is.truth = Truth::no;
  } else {
    TRY_STATUS(parser.expect("UNKNOWN"));
    is.truth = Truth::unknown;
  }
  is.operand = parser.make(left);
  return predicate_of(parser, left, is);
}

}  // namespace octavo::sql
