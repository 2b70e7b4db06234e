// SELECT … INTO, and how files are written.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Expr> parse_target(Parser& parser) {
  if (parser.kind() == TokenKind::variable) return parse_variable(parser);
  const std::uint32_t begin = parser.begin();
  auto parts = parser.list<Name>();
  TRY(const Name name, parser.name());
  parts.add(name);
  return expr_from(parser, begin, ColumnName{parts.finish(parser.arena())});
}

Checked parse_fields(Parser& parser, FileFormat& format) {
  bool any = false;
  for (;; any = true) {
    if (parser.take("TERMINATED")) {
      TRY_STATUS(parser.expect("BY"));
      TRY(format.fields_terminated, parser.text_or_bytes());
    } else if (parser.take("OPTIONALLY")) {
      TRY_STATUS(parser.expect("ENCLOSED", "BY"));
      format.optionally_enclosed = true;
      TRY(format.fields_enclosed, parser.text_or_bytes());
    } else if (parser.take("ENCLOSED")) {
      TRY_STATUS(parser.expect("BY"));
      TRY(format.fields_enclosed, parser.text_or_bytes());
    } else if (parser.take("ESCAPED")) {
      TRY_STATUS(parser.expect("BY"));
      TRY(format.fields_escaped, parser.text_or_bytes());
    } else {
      return any ? Checked() : Checked(parser.unexpected());
    }
  }
}

Checked parse_lines(Parser& parser, FileFormat& format) {
  bool any = false;
  for (;; any = true) {
    if (parser.take("TERMINATED")) {
      TRY_STATUS(parser.expect("BY"));
      TRY(format.lines_terminated, parser.text_or_bytes());
    } else if (parser.take("STARTING")) {
      TRY_STATUS(parser.expect("BY"));
      TRY(format.lines_starting, parser.text_or_bytes());
    } else {
      return any ? Checked() : Checked(parser.unexpected());
    }
  }
}

}  // namespace

Parsed<FileFormat> parse_file_format(Parser& parser) {
  FileFormat format;
  if (parser.take("FIELDS") || parser.take("COLUMNS")) TRY_STATUS(parse_fields(parser, format));
  if (parser.take("LINES")) TRY_STATUS(parse_lines(parser, format));
  return format;
}

Parsed<Ref<Into>> parse_into(Parser& parser) {
  if (!parser.take("INTO")) return Ref<Into>();
  Into into;
  if (parser.take("OUTFILE")) {
    into.kind = Into::Kind::outfile;
    TRY(into.file, parser.text());
    if (take_charset_words(parser)) {
      TRY(into.charset, parse_charset_name(parser));
    }
    TRY(into.format, parse_file_format(parser));
  } else if (parser.take("DUMPFILE")) {
    into.kind = Into::Kind::dumpfile;
    TRY(into.file, parser.text());
  } else {
    TRY(into.variables, parser.list_of<Expr>(parse_target));
  }
  return parser.make(into);
}

}  // namespace octavo::sql
