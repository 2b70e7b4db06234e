// LOAD DATA.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Expr> parse_field(Parser& parser) {
  if (parser.kind() == TokenKind::variable) return parse_variable(parser);
  const std::uint32_t begin = parser.begin();
  TRY(const Path column, parse_column_name(parser));
  return expr_from(parser, begin, ColumnName{column});
}

Checked parse_fields(Parser& parser, LoadData& load) {
  if (parser.take("(")) {
    if (!parser.at(")")) {
      TRY(load.fields, parser.list_of<Expr>(parse_field));
    }
    TRY_STATUS(parser.expect(")"));
  }
  if (parser.take("SET")) {
    TRY(load.set, parse_assignments(parser));
  }
  return {};
}

}  // namespace

Parsed<Statement> parse_load(Parser& parser) {
  TRY_STATUS(parser.expect("LOAD"));
  if (!parser.take("DATA")) {
    if (!parser.at("XML") && !parser.at("INDEX")) return parser.unexpected();
    const std::string_view feature = parser.at("XML") ? "LOAD XML" : "LOAD INDEX";
    return statement_of(parser, Unsupported{.feature = feature, .text = skip_statement(parser)});
  }
  LoadData load;
  TRY(load.options,
      parse_write_options(parser, write_option::kLowPriority | write_option::kConcurrent));
  load.local = parser.take("LOCAL");
  TRY_STATUS(parser.expect("INFILE"));
  TRY(load.file, parser.text());
  if (parser.take("REPLACE")) {
    load.duplicates = LoadData::Duplicates::replace;
  } else if (parser.take("IGNORE")) {
    load.duplicates = LoadData::Duplicates::ignore;
  }
  TRY_STATUS(parser.expect("INTO", "TABLE"));
  TRY(load.table, parser.table_name());
  TRY(load.partitions, parse_partitions(parser));
  if (take_charset_words(parser)) {
    TRY(load.charset, parse_charset_name(parser));
  }
  TRY(load.format, parse_file_format(parser));
  if (parser.take("IGNORE")) {
    TRY(load.skip_lines, parser.digits());
    if (!parser.take("ROWS")) TRY_STATUS(parser.expect("LINES"));
  }
  TRY_STATUS(parse_fields(parser, load));
  return statement_of(parser, load);
}

}  // namespace octavo::sql
