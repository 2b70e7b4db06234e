// CREATE TABLE.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<TableElement> parse_element(Parser& parser) {
  if (at_constraint(parser)) return parse_constraint(parser);
  TRY(const ColumnDef column, parse_column(parser));
  return TableElement(parser.make(column));
}

// Commas may stand between options.
Checked parse_options(Parser& parser, CreateTable& table) {
  auto options = parser.list<TableOption>();
  while (at_table_option(parser)) {
    TRY(const TableOption option, parse_table_option(parser));
    options.add(option);
    if (!parser.take(",")) continue;
    if (!at_table_option(parser)) return parser.unexpected();
  }
  table.options = options.finish(parser.arena());
  return {};
}

// Whether the query of CREATE TABLE … SELECT begins.
bool at_source(Parser& parser) {
  if (parser.at("AS") || at_query(parser)) return true;
  return parser.at("(") && (at_query(parser, 1) || parser.at_ahead(1, "("));
}

Checked parse_body(Parser& parser, CreateTable& table) {
  if (parser.at("(") && !at_source(parser)) {
    TRY(table.elements, parser.list_in_parentheses<TableElement>(parse_element));
  }
  TRY_STATUS(parse_options(parser, table));
  if (parser.at("PARTITION")) {
    TRY(table.partitioning, parse_partitioning(parser));
  }
  if (parser.take("IGNORE")) {
    table.duplicates = CreateTable::Duplicates::ignore;
  } else if (parser.take("REPLACE")) {
    table.duplicates = CreateTable::Duplicates::replace;
  }
  const bool source = parser.take("AS");
  if (source || at_source(parser)) {
    TRY(table.query, parse_query(parser));
  } else if (table.duplicates != CreateTable::Duplicates::unsaid) {
    return parser.unexpected();
  }
  return {};
}

}  // namespace

Parsed<Statement> parse_create_table(Parser& parser, bool /*alter*/) {
  CreateTable table{.temporary = parser.take("TEMPORARY")};
  TRY_STATUS(parser.expect("TABLE"));
  table.if_not_exists = parser.take("IF", "NOT", "EXISTS");
  TRY(table.table, parser.table_name());
  if (parser.take("LIKE")) {
    TRY(table.like, parser.table_name());
  } else if (parser.take("(", "LIKE")) {
    TRY(table.like, parser.table_name());
    TRY_STATUS(parser.expect(")"));
  } else {
    TRY_STATUS(parse_body(parser, table));
  }
  return statement_of(parser, table);
}

}  // namespace octavo::sql
