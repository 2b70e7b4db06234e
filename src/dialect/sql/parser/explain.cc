// EXPLAIN and DESCRIBE, which are one word.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Statement> parse_explained(Parser& parser) {
  if (parser.at("INSERT") || parser.at("REPLACE")) return parse_insert(parser);
  if (parser.at("UPDATE")) return parse_update(parser);
  if (parser.at("DELETE")) return parse_delete(parser);
  if (parser.at("WITH")) return parse_with_statement(parser);
  if (!at_query(parser) && !parser.at("(")) return parser.unexpected();
  return parse_query_statement(parser);
}

Parsed<Statement> parse_describe(Parser& parser) {
  Describe describe;
  TRY(describe.table, parser.table_name());
  if (parser.at_text()) {
    TRY(describe.like, parser.text());
  } else if (parser.at_name()) {
    TRY(describe.column, parser.name());
  }
  return statement_of(parser, describe);
}

Checked parse_format(Parser& parser, Explain& explain) {
  if (!parser.at("FORMAT", "=")) return {};
  parser.advance();
  parser.advance();
  TRY(const Name format, parser.name_or_text());
  explain.format = parser.upper(format);
  return {};
}

}  // namespace

Parsed<Statement> parse_explain(Parser& parser) {
  parser.advance();  // EXPLAIN, DESCRIBE, DESC
  Explain explain{.analyze = parser.take("ANALYZE")};
  TRY_STATUS(parse_format(parser, explain));
  if (!explain.analyze && parser.take("FOR")) {
    TRY_STATUS(parser.expect("CONNECTION"));
    TRY(explain.connection, parser.digits());
    return statement_of(parser, explain);
  }
  const bool table = !explain.analyze && explain.format.empty() && parser.at_name();
  if (table) return parse_describe(parser);
  TRY(const Statement statement, parse_explained(parser));
  explain.statement = parser.make(statement);
  return statement_of(parser, explain);
}

}  // namespace octavo::sql
