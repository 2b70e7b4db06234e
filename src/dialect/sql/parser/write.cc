// INSERT, REPLACE, UPDATE, DELETE.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct OptionRow {
  Terminal word;
  std::uint8_t bit;
};
constexpr OptionRow kOptions[] = {
    {"LOW_PRIORITY", write_option::kLowPriority},
    {"HIGH_PRIORITY", write_option::kHighPriority},
    {"DELAYED", write_option::kDelayed},
    {"CONCURRENT", write_option::kConcurrent},
    {"QUICK", write_option::kQuick},
    {"IGNORE", write_option::kIgnore},
};

Parsed<Assignment> parse_assignment(Parser& parser) {
  Assignment assignment;
  TRY(assignment.column, parse_column_name(parser));
  if (!parser.take(":=")) TRY_STATUS(parser.expect("="));
  TRY(assignment.value, parse_value(parser));
  return assignment;
}

Parsed<RowOf> parse_value_row(Parser& parser) {
  TRY_STATUS(parser.expect("("));
  RowOf row;
  if (!parser.at(")")) {
    TRY(row.items, parser.list_of<Expr>(parse_value));
  }
  TRY_STATUS(parser.expect(")"));
  return row;
}

// INSERT … SET a = 1, b = 2: one row, with its columns.
Checked parse_set_form(Parser& parser, Insert& insert) {
  TRY(const List<Assignment> assignments, parse_assignments(parser));
  auto columns = parser.list<Path>();
  for (const Assignment& assignment : assignments) columns.add(assignment.column);
  insert.columns = columns.finish(parser.arena());
  insert.has_columns = true;
  auto values = parser.list<Expr>();
  for (const Assignment& assignment : assignments) values.add(assignment.value);
  const RowOf row{values.finish(parser.arena())};
  auto rows = parser.list<RowOf>();
  rows.add(row);
  insert.rows = rows.finish(parser.arena());
  return {};
}

// `(` begins a list of columns, or a query.
Checked parse_columns(Parser& parser, Insert& insert) {
  if (!parser.at("(") || at_query(parser, 1) || parser.at_ahead(1, "(")) return {};
  insert.has_columns = true;
  parser.advance();
  if (parser.take(")")) return {};
  TRY(insert.columns, parser.list_of<Path>(parse_column_name));
  return parser.expect(")");
}

Checked parse_source(Parser& parser, Insert& insert) {
  if (!insert.has_columns && parser.take("SET")) return parse_set_form(parser, insert);
  const bool rows = parser.take("VALUE") || (!parser.at("VALUES", "ROW") && parser.take("VALUES"));
  if (rows) {
    TRY(insert.rows, parser.list_of<RowOf>(parse_value_row));
    return {};
  }
  if (!at_query(parser) && !parser.at("(")) return parser.unexpected();
  TRY(insert.query, parse_query(parser));
  return {};
}

Checked parse_row_alias(Parser& parser, Insert& insert) {
  if (insert.query && !std::holds_alternative<Ref<Values>>(insert.query->body)) return {};
  if (!parser.take("AS")) return {};
  TRY(insert.row_alias, parser.name());
  if (parser.at("(")) {
    TRY(insert.column_aliases, parser.names_in_parentheses());
  }
  return {};
}

Parsed<Path> parse_delete_target(Parser& parser) {
  auto parts = parser.list<Name>();
  TRY(const Name first, parser.name());
  parts.add(first);
  while (parser.take(".")) {
    if (parser.take("*")) break;
    TRY(const Name next, parser.name());
    parts.add(next);
  }
  return parts.finish(parser.arena());
}

// DELETE FROM t …, of one table.
Checked parse_delete_one(Parser& parser, Delete& statement) {
  const std::uint32_t begin = parser.begin();
  BaseTable table;
  TRY(table.table, parser.table_name());
  TRY(table.partitions, parse_partitions(parser));
  TRY(table.alias, parse_table_alias(parser));
  if (table.partitions.empty()) {
    TRY(table.partitions, parse_partitions(parser));  // behind the alias, here alone
  }
  auto from = parser.list<TableRef>();
  from.add({.place = parser.place_from(begin), .node = parser.make(table)});
  statement.from = from.finish(parser.arena());
  TRY(statement.where, parse_where(parser));
  TRY(statement.order_by, parse_order_by(parser));
  TRY(statement.limit, parse_limit(parser));
  return {};
}

// `FROM a, b USING` and `FROM a.* USING`, against `FROM a WHERE`.
bool at_delete_many(Parser& parser) {
  std::size_t ahead = 1;
  while (ahead < 5 && parser.at_ahead(ahead, ".")) {
    if (parser.at_ahead(ahead + 1, "*")) return true;
    ahead += 2;
  }
  return parser.at_ahead(ahead, ",") || parser.at_ahead(ahead, "USING");
}

}  // namespace

Parsed<std::uint8_t> parse_write_options(Parser& parser, std::uint8_t allowed) {
  std::uint8_t options = 0;
  for (bool found = true; found;) {
    found = false;
    for (const OptionRow& row : kOptions) {
      if ((row.bit & allowed) == 0 || !parser.take(row.word)) continue;
      options |= row.bit;
      found = true;
    }
  }
  return options;
}

Parsed<Expr> parse_value(Parser& parser) {
  if (!parser.at("DEFAULT") || parser.at("DEFAULT", "(")) return parse_expr(parser);
  const std::uint32_t begin = parser.begin();
  parser.advance();
  return expr_from(parser, begin, Default{});
}

Parsed<List<Assignment>> parse_assignments(Parser& parser) {
  return parser.list_of<Assignment>(parse_assignment);
}

Parsed<Statement> parse_insert(Parser& parser) {
  Insert insert{.replace = parser.take("REPLACE")};
  if (!insert.replace) TRY_STATUS(parser.expect("INSERT"));
  insert.hints = parser.take_hints();
  using namespace write_option;
  const std::uint8_t allowed =
      insert.replace ? kLowPriority | kDelayed : kLowPriority | kDelayed | kHighPriority | kIgnore;
  TRY(insert.options, parse_write_options(parser, allowed));
  parser.take("INTO");
  TRY(insert.table, parser.table_name());
  TRY(insert.partitions, parse_partitions(parser));
  TRY_STATUS(parse_columns(parser, insert));
  TRY_STATUS(parse_source(parser, insert));
  if (!insert.replace) {
    TRY_STATUS(parse_row_alias(parser, insert));
    if (parser.take("ON")) {
      TRY_STATUS(parser.expect("DUPLICATE", "KEY", "UPDATE"));
      TRY(insert.on_duplicate, parse_assignments(parser));
    }
  }
  return statement_of(parser, insert);
}

Parsed<Statement> parse_update_with(Parser& parser, Ref<With> with) {
  TRY_STATUS(parser.expect("UPDATE"));
  Update update{.with = with, .hints = parser.take_hints()};
  TRY(update.options,
      parse_write_options(parser, write_option::kLowPriority | write_option::kIgnore));
  TRY(update.tables, parse_table_refs(parser));
  TRY_STATUS(parser.expect("SET"));
  TRY(update.set, parse_assignments(parser));
  TRY(update.where, parse_where(parser));
  TRY(update.order_by, parse_order_by(parser));
  TRY(update.limit, parse_limit(parser));
  return statement_of(parser, update);
}

Parsed<Statement> parse_update(Parser& parser) { return parse_update_with(parser, {}); }

Parsed<Statement> parse_delete_with(Parser& parser, Ref<With> with) {
  TRY_STATUS(parser.expect("DELETE"));
  Delete statement{.with = with, .hints = parser.take_hints()};
  using namespace write_option;
  TRY(statement.options, parse_write_options(parser, kLowPriority | kQuick | kIgnore));
  const bool from_first = parser.take("FROM");
  if (from_first && !at_delete_many(parser)) {
    TRY_STATUS(parse_delete_one(parser, statement));
    return statement_of(parser, statement);
  }
  TRY(statement.targets, parser.list_of<Path>(parse_delete_target));
  TRY_STATUS(from_first ? parser.expect("USING") : parser.expect("FROM"));
  TRY(statement.from, parse_table_refs(parser));
  TRY(statement.where, parse_where(parser));
  return statement_of(parser, statement);
}

Parsed<Statement> parse_delete(Parser& parser) { return parse_delete_with(parser, {}); }

}  // namespace octavo::sql
