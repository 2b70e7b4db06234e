// JSON_TABLE: rows out of a document.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<JsonColumn> parse_column_of_json(Parser& parser);

Parsed<List<JsonColumn>> parse_columns(Parser& parser) {
  TRY_STATUS(parser.expect("COLUMNS"));
  return parser.list_in_parentheses<JsonColumn>(parse_column_of_json);
}

Parsed<JsonColumn> parse_nested(Parser& parser) {
  const Nested nested(parser);
  if (!nested) return parser.fault(FaultKind::too_deep);
  JsonColumn column{.kind = JsonColumn::Kind::nested};
  parser.take("PATH");
  TRY(column.path, parser.text());
  TRY(column.nested, parse_columns(parser));
  return column;
}

Parsed<JsonColumn> parse_column_of_json(Parser& parser) {
  if (parser.at("NESTED") && (parser.at("NESTED", "PATH") || parser.at_text(1))) {
    parser.advance();
    return parse_nested(parser);
  }
  JsonColumn column;
  TRY(column.name, parser.name());
  if (parser.take("FOR")) {
    TRY_STATUS(parser.expect("ORDINALITY"));
    column.kind = JsonColumn::Kind::ordinality;
    return column;
  }
  TRY(DataType type, parse_column_type(parser));
  if (parser.take("COLLATE")) {
    TRY(type.collation, parse_collation_name(parser));
  }
  column.type = parser.make(type);
  if (parser.take("EXISTS")) {
    column.kind = JsonColumn::Kind::exists;
    TRY_STATUS(parser.expect("PATH"));
    TRY(column.path, parser.text());
    return column;
  }
  TRY_STATUS(parser.expect("PATH"));
  TRY(column.path, parser.text());
  TRY_STATUS(parse_json_fallbacks(parser, column.on_empty, column.on_error));
  return column;
}

}  // namespace

// NULL ON EMPTY, ERROR ON EMPTY, DEFAULT -1 ON EMPTY, and likewise for ERROR, in either order.
Checked parse_json_fallbacks(Parser& parser, JsonFallback& on_empty, JsonFallback& on_error) {
  for (;;) {
    JsonFallback fallback;
    if (parser.at("NULL", "ON") || parser.at("ERROR", "ON")) {
      fallback.kind = parser.at("NULL") ? JsonFallback::Kind::null : JsonFallback::Kind::error;
      parser.advance();
    } else if (parser.take("DEFAULT")) {
      fallback.kind = JsonFallback::Kind::value;
      TRY(fallback.value, parse_signed_literal(parser));
    } else {
      return {};
    }
    TRY_STATUS(parser.expect("ON"));
    JsonFallback& event = parser.at("EMPTY") ? on_empty : on_error;
    if (event.kind != JsonFallback::Kind::unsaid) return parser.unexpected();
    if (!parser.take("EMPTY")) TRY_STATUS(parser.expect("ERROR"));
    event = fallback;
  }
}

Parsed<TableRef> parse_json_table(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY_STATUS(parser.expect("JSON_TABLE", "("));
  JsonTable table;
  TRY(table.document, parse_expr(parser));
  TRY_STATUS(parser.expect(","));
  TRY(table.path, parser.text());
  TRY(table.columns, parse_columns(parser));
  TRY_STATUS(parser.expect(")"));
  TRY(table.alias, parse_table_alias(parser));
  return TableRef{.place = parser.place_from(begin), .node = parser.make(table)};
}

}  // namespace octavo::sql
