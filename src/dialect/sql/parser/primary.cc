// Operands: what has no operator outside of parentheses.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// A query, a row or an expression. `((SELECT 1) UNION SELECT 2)` shows late that it is a query.
Parsed<Expr> parse_parentheses(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (at_query(parser, 1)) {
    TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
    return expr_from(parser, begin, Subquery{query});
  }
  Enclosed enclosed(parser);
  TRY_STATUS(parser.expect("("));
  TRY(Expr first, parse_expr(parser));
  const auto* const subquery = std::get_if<Subquery>(&first.node);
  if (subquery != nullptr && at_query_rest(parser)) {
    TRY(const Ref<Query> query, parse_query_rest(parser, subquery->query));
    first.node = Subquery{query};
  }
  if (parser.at(",")) {
    auto items = parser.list<Expr>();
    items.add(first);
    while (parser.take(",")) {
      TRY(const Expr item, parse_expr(parser));
      items.add(item);
    }
    first.node = RowOf{items.finish(parser.arena())};
  }
  TRY_STATUS(parser.expect(")"));
  if (in_parentheses(first)) enclosed.count_once();
  first.place = parser.place_from(begin);
  return first;
}

Parsed<Expr> parse_row(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("ROW", "("));
  TRY(const List<Expr> items, parse_exprs(parser));
  if (items.size() < 2) return parser.unexpected();
  TRY_STATUS(parser.expect(")"));
  return expr_from(parser, begin, RowOf{items});
}

Parsed<Expr> parse_case(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("CASE"));
  Case node;
  if (!parser.at("WHEN")) {
    TRY(node.operand, parse_expr_node(parser));
  }
  auto whens = parser.list<When>();
  do {
    TRY_STATUS(parser.expect("WHEN"));
    TRY(const Expr condition, parse_expr(parser));
    TRY_STATUS(parser.expect("THEN"));
    TRY(const Expr result, parse_expr(parser));
    whens.add({.condition = condition, .result = result});
  } while (parser.at("WHEN"));
  node.whens = whens.finish(parser.arena());
  if (parser.take("ELSE")) {
    TRY(node.otherwise, parse_expr_node(parser));
  }
  TRY_STATUS(parser.expect("END"));
  return expr_from(parser, begin, parser.make(node));
}

Parsed<SearchMode> parse_search_mode(Parser& parser) {
  if (parser.take("IN", "BOOLEAN")) {
    TRY_STATUS(parser.expect("MODE"));
    return SearchMode::boolean;
  }
  SearchMode mode = SearchMode::natural;
  if (parser.take("IN")) {
    TRY_STATUS(parser.expect("NATURAL", "LANGUAGE", "MODE"));
  }
  if (parser.take("WITH")) {
    TRY_STATUS(parser.expect("QUERY", "EXPANSION"));
    mode = SearchMode::with_expansion;
  }
  return mode;
}

Parsed<Expr> parse_match_column(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY(const Path path, parse_column_name(parser));
  return expr_from(parser, begin, ColumnName{path});
}

// MATCH (a, b) AGAINST ('words' …); the parentheses around the columns may be left out.
Parsed<Expr> parse_match(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("MATCH"));
  Match match;
  if (parser.at("(")) {
    TRY(match.columns, parser.list_in_parentheses<Expr>(parse_match_column));
  } else {
    TRY(match.columns, parser.list_of<Expr>(parse_match_column));
  }
  TRY_STATUS(parser.expect("AGAINST", "("));
  TRY(const Expr against, parse_operand(parser, Level::bit_or));
  match.against = parser.make(against);
  TRY(match.mode, parse_search_mode(parser));
  TRY_STATUS(parser.expect(")"));
  return expr_from(parser, begin, parser.make(match));
}

Parsed<Expr> parse_default(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("DEFAULT", "("));
  TRY(const Path column, parse_column_name(parser));
  TRY_STATUS(parser.expect(")"));
  return expr_from(parser, begin, Default{column});
}

// ODBC's escapes: {d '2024-01-01'} is a literal, and {anything expression} the expression.
Parsed<Expr> parse_braces(Parser& parser) {
  struct Row {
    std::string_view name;
    LiteralKind kind;
  };
  static constexpr Row kRows[] = {
      {"d", LiteralKind::date}, {"t", LiteralKind::time}, {"ts", LiteralKind::timestamp}};
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("{"));
  TRY(const Name name, parser.name());
  TRY(Expr expr, parse_expr(parser));
  TRY_STATUS(parser.expect("}"));
  auto* const literal = std::get_if<Literal>(&expr.node);
  if (literal != nullptr && literal->kind == LiteralKind::string) {
    for (const Row& row : kRows) {
      if (row.name == parser.lower(name)) literal->kind = row.kind;
    }
  }
  expr.place = parser.place_from(begin);
  return expr;
}

Parsed<Expr> parse_parameter(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (parser.mode(mode::kNoParameters)) return parser.unexpected();
  TRY_STATUS(parser.expect("?"));
  return expr_from(parser, begin, Parameter{parser.next_parameter()});
}

// A column, and a path into it: `c->'$.a'`.
Parsed<Expr> parse_column_expr(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY(const Path path, parse_column_name(parser));
  const Expr column = expr_from(parser, begin, ColumnName{path});
  const bool unquote = parser.at("->>");
  if (!unquote && !parser.at("->")) return column;
  parser.advance();
  const std::uint32_t json_path = parser.begin();
  TRY(const std::string_view text, parser.text());
  const Expr right =
      expr_from(parser, json_path, Literal{.kind = LiteralKind::string, .text = text});
  const Binary node{.op = unquote ? BinaryOperator::json_unquote : BinaryOperator::json_extract,
                    .left = parser.make(column),
                    .right = parser.make(right)};
  return expr_from(parser, begin, node);
}

Parsed<Expr> parse_bare(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (at_literal(parser)) return parse_literal(parser);
  if (parser.at("(")) return parse_parentheses(parser);
  if (parser.at("?")) return parse_parameter(parser);
  if (parser.at("{")) return parse_braces(parser);
  if (parser.kind() == TokenKind::variable || parser.at("@@")) return parse_variable(parser);
  if (parser.at("CASE")) return parse_case(parser);
  if (parser.at("MATCH")) return parse_match(parser);
  if (parser.at("DEFAULT")) return parse_default(parser);
  if (parser.at("ROW", "(")) return parse_row(parser);
  if (parser.take("EXISTS")) {
    TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
    return expr_from(parser, begin, Exists{query});
  }
  if (at_call(parser)) return parse_call(parser);
  return parse_column_expr(parser);
}

struct ScopeRow {
  Terminal word;
  VariableScope scope;
};
constexpr ScopeRow kScopes[] = {
    {"GLOBAL", VariableScope::global},
    {"SESSION", VariableScope::session},
    {"LOCAL", VariableScope::session},
    {"PERSIST", VariableScope::persist},
    {"PERSIST_ONLY", VariableScope::persist_only},
};

Parsed<Expr> parse_system_variable(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  const std::uint32_t end = parser.token().end;
  TRY_STATUS(parser.expect("@@"));
  // Nothing may stand between.
  if (parser.begin() != end) return parser.unexpected();
  SystemVariable variable;
  if (parser.at_ahead(1, ".") && at_scope(parser) != VariableScope::none) {
    variable.scope = at_scope(parser);
    parser.advance();
    parser.advance();
  }
  TRY(variable.path, parser.path(2));
  return expr_from(parser, begin, variable);
}

}  // namespace

VariableScope at_scope(Parser& parser) {
  for (const ScopeRow& row : kScopes) {
    if (parser.at(row.word)) return row.scope;
  }
  return VariableScope::none;
}

Parsed<Path> parse_column_name(Parser& parser) {
  constexpr std::size_t kDatabaseTableColumn = 3;
  return parser.path(kDatabaseTableColumn);
}

Parsed<Expr> parse_variable(Parser& parser) {
  if (parser.at("@@")) return parse_system_variable(parser);
  const std::uint32_t begin = parser.begin();
  if (parser.kind() != TokenKind::variable) return parser.unexpected();
  const Name name = parser.content(parser.token());
  parser.advance();
  if (!parser.take(":=")) return expr_from(parser, begin, UserVariable{name});
  TRY(const Expr value, parse_expr(parser));
  TRY_STATUS(parser.deepen());
  return expr_from(parser, begin, Assign{.variable = name, .value = parser.make(value)});
}

Parsed<Expr> parse_primary(Parser& parser) {
  TRY(const Expr expr, parse_bare(parser));
  return parse_collations(parser, expr);
}

Parsed<Expr> parse_collations(Parser& parser, Expr expr) {
  while (parser.take("COLLATE")) {
    TRY(const Name collation, parse_collation_name(parser));
    TRY_STATUS(parser.deepen());
    expr = expr_from(parser, expr.place.begin,
                     Collate{.collation = collation, .operand = parser.make(expr)});
  }
  return expr;
}

}  // namespace octavo::sql
