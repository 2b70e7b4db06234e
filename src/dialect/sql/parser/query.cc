// Queries around SELECT: set operations, WITH, ORDER BY, LIMIT, locks.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

bool at_combine(Parser& parser) { return parser.at("UNION") || parser.at("EXCEPT"); }

// Clauses that a query may have around its body.
bool is_plain(const Query& query) {
  return !query.with && query.order_by.empty() && !query.limit && query.locking.empty() &&
         !query.into;
}

// `(SELECT 1)` is its body, unless the parentheses hold clauses.
QueryBody body_of(Ref<Query> query) {
  if (is_plain(*query)) return query->body;
  return query;
}

Parsed<RowOf> parse_row_of_values(Parser& parser) {
  TRY_STATUS(parser.expect("ROW", "("));
  RowOf row;
  if (!parser.at(")")) {
    TRY(row.items, parser.list_of<Expr>(parse_value));
  }
  TRY_STATUS(parser.expect(")"));
  return row;
}

// One SELECT, VALUES, TABLE or query in parentheses.
Parsed<QueryBody> parse_simple(Parser& parser, Ref<Into>& into) {
  if (parser.at("SELECT")) {
    TRY(const Ref<Select> select, parse_select(parser, into));
    return QueryBody(select);
  }
  if (parser.take("VALUES")) {
    TRY(const List<RowOf> rows, parser.list_of<RowOf>(parse_row_of_values));
    return QueryBody(parser.make(Values{rows}));
  }
  if (parser.take("TABLE")) {
    TRY(const Path table, parser.table_name());
    return QueryBody(parser.make(WholeTable{table}));
  }
  Enclosed enclosed(parser);
  TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
  const QueryBody body = body_of(query);
  if (std::holds_alternative<Ref<SetOperation>>(body)) enclosed.count_once();
  return body;
}

Parsed<SetArm> parse_arm(Parser& parser, Ref<Into>& into, SetOperator op) {
  parser.advance();
  SetArm arm{.op = op, .all = parser.take("ALL")};
  if (!arm.all) parser.take_distinct();
  TRY(arm.body, parse_simple(parser, into));
  return arm;
}

Parsed<QueryBody> parse_intersections(Parser& parser, Ref<Into>& into, const QueryBody& first) {
  if (!parser.at("INTERSECT")) return first;
  auto arms = parser.list<SetArm>();
  arms.add({.body = first});
  while (parser.at("INTERSECT")) {
    TRY(const SetArm arm, parse_arm(parser, into, SetOperator::intersect));
    arms.add(arm);
  }
  TRY_STATUS(parser.deepen());
  return QueryBody(parser.make(SetOperation{arms.finish(parser.arena())}));
}

// INTERSECT binds more tightly than UNION and EXCEPT, which are read from left to right.
Parsed<QueryBody> parse_set_operations(Parser& parser, Ref<Into>& into, const QueryBody& left) {
  TRY(const QueryBody first, parse_intersections(parser, into, left));
  if (!at_combine(parser)) return first;
  auto arms = parser.list<SetArm>();
  arms.add({.body = first});
  while (at_combine(parser)) {
    const SetOperator op = parser.at("UNION") ? SetOperator::combine : SetOperator::except;
    TRY(SetArm arm, parse_arm(parser, into, op));
    TRY(arm.body, parse_intersections(parser, into, arm.body));
    arms.add(arm);
  }
  TRY_STATUS(parser.deepen());
  return QueryBody(parser.make(SetOperation{arms.finish(parser.arena())}));
}

Parsed<CommonTable> parse_common_table(Parser& parser) {
  CommonTable table;
  TRY(table.name, parser.name());
  if (parser.at("(")) {
    TRY(table.columns, parser.names_in_parentheses());
  }
  TRY_STATUS(parser.expect("AS"));
  TRY(table.query, parse_query_in_parentheses(parser));
  return table;
}

Parsed<Expr> parse_limit_value(Parser& parser) {
  const TokenKind kind = parser.kind();
  if (kind == TokenKind::integer || kind == TokenKind::hex || kind == TokenKind::bits) {
    return parse_literal(parser);
  }
  // In stored programs a variable's name.
  if (parser.at("?") || parser.at_name()) return parse_primary(parser);
  return parser.unexpected();
}

Parsed<Path> parse_lock_target(Parser& parser) { return parser.table_name(); }

Parsed<Locking> parse_locking(Parser& parser) {
  if (parser.take("LOCK")) {
    TRY_STATUS(parser.expect("IN", "SHARE", "MODE"));
    return Locking{.share = true};
  }
  TRY_STATUS(parser.expect("FOR"));
  Locking locking{.share = parser.take("SHARE")};
  if (!locking.share) TRY_STATUS(parser.expect("UPDATE"));
  if (parser.take("OF")) {
    TRY(locking.of, parser.list_of<Path>(parse_lock_target));
  }
  if (parser.take("NOWAIT")) {
    locking.wait = Locking::Wait::nowait;
  } else if (parser.take("SKIP")) {
    TRY_STATUS(parser.expect("LOCKED"));
    locking.wait = Locking::Wait::skip_locked;
  }
  return locking;
}

Parsed<List<Locking>> parse_lockings(Parser& parser) {
  auto lockings = parser.list<Locking>();
  while (parser.at("FOR") || parser.at("LOCK", "IN")) {
    TRY(const Locking locking, parse_locking(parser));
    lockings.add(locking);
  }
  return lockings.finish(parser.arena());
}

// INTO may stand before or behind the locks, and in the last SELECT.
Checked take_into(Parser& parser, Ref<Into>& into) {
  if (!parser.at("INTO")) return {};
  if (into) return parser.fault(FaultKind::wrong_usage);
  TRY(into, parse_into(parser));
  return {};
}

Parsed<Ref<Query>> parse_clauses(Parser& parser, Query query) {
  TRY(query.order_by, parse_order_by(parser));
  TRY(query.limit, parse_limit(parser));
  TRY_STATUS(take_into(parser, query.into));
  TRY(query.locking, parse_lockings(parser));
  TRY_STATUS(take_into(parser, query.into));
  query.place = parser.place_from(query.place.begin);
  return parser.make(query);
}

}  // namespace

bool at_query(Parser& parser, std::size_t ahead) {
  return parser.at_ahead(ahead, "SELECT") || parser.at_ahead(ahead, "WITH") ||
         parser.at_ahead(ahead, "TABLE") ||
         (parser.at_ahead(ahead, "VALUES") && parser.at_ahead(ahead + 1, "ROW"));
}

bool at_query_rest(Parser& parser) {
  return at_combine(parser) || parser.at("INTERSECT") || parser.at("ORDER") || parser.at("LIMIT") ||
         parser.at("FOR") || parser.at("LOCK") || parser.at("INTO");
}

Parsed<Ref<Query>> parse_query(Parser& parser) {
  const Nested nested(parser);
  if (!nested) return parser.fault(FaultKind::too_deep);
  Query query{.place = {.begin = parser.begin()}};
  TRY(query.with, parse_with(parser));
  TRY(const QueryBody first, parse_simple(parser, query.into));
  TRY(query.body, parse_set_operations(parser, query.into, first));
  TRY(const Ref<Query> whole, parse_clauses(parser, query));
  // Parentheses around all of it change nothing.
  const auto* const inner = std::get_if<Ref<Query>>(&whole->body);
  return inner != nullptr && is_plain(*whole) ? *inner : whole;
}

Parsed<Ref<Query>> parse_query_rest(Parser& parser, Ref<Query> first) {
  const Nested nested(parser);
  if (!nested) return parser.fault(FaultKind::too_deep);
  Query query{.place = first->place};
  TRY(query.body, parse_set_operations(parser, query.into, body_of(first)));
  TRY_STATUS(parser.deepen());
  return parse_clauses(parser, query);
}

Parsed<Ref<Query>> parse_query_in_parentheses(Parser& parser) {
  TRY_STATUS(parser.expect("("));
  TRY(const Ref<Query> query, parse_query(parser));
  TRY_STATUS(parser.expect(")"));
  return query;
}

Parsed<Ref<With>> parse_with(Parser& parser) {
  if (!parser.take("WITH")) return Ref<With>();
  With with{.recursive = parser.take("RECURSIVE")};
  TRY(with.tables, parser.list_of<CommonTable>(parse_common_table));
  return parser.make(with);
}

Parsed<List<OrderItem>> parse_order_items(Parser& parser) {
  return parser.list_of<OrderItem>([](Parser& inner) -> Parsed<OrderItem> {
    TRY(const Expr expr, parse_expr(inner));
    OrderItem item{.expr = expr, .descending = inner.take("DESC")};
    if (!item.descending) inner.take("ASC");
    return item;
  });
}

Parsed<List<OrderItem>> parse_order_by(Parser& parser) {
  if (!parser.take("ORDER")) return List<OrderItem>();
  TRY_STATUS(parser.expect("BY"));
  return parse_order_items(parser);
}

Parsed<Ref<Limit>> parse_limit(Parser& parser) {
  if (!parser.take("LIMIT")) return Ref<Limit>();
  TRY(const Expr first, parse_limit_value(parser));
  Limit limit{.count = first};
  if (parser.take(",")) {
    TRY(limit.count, parse_limit_value(parser));
    limit.offset = parser.make(first);
    limit.offset_first = true;
  } else if (parser.take("OFFSET")) {
    TRY(const Expr offset, parse_limit_value(parser));
    limit.offset = parser.make(offset);
  }
  return parser.make(limit);
}

Parsed<Ref<Expr>> parse_where(Parser& parser) {
  if (!parser.take("WHERE")) return Ref<Expr>();
  return parse_expr_node(parser);
}

}  // namespace octavo::sql
