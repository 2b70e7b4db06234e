// Functions whose parentheses hold a type or a character set.

#include "dialect/sql/parser/special_call.h"

namespace octavo::sql {
namespace {

Expr name_at(Parser& parser, Name name, std::uint32_t begin) {
  auto parts = parser.list<Name>();
  parts.add(name);
  return {.place = parser.place_from(begin), .node = ColumnName{parts.finish(parser.arena())}};
}

Expr type_at(Parser& parser, const DataType& type, std::uint32_t begin) {
  return {.place = parser.place_from(begin), .node = TypeName{parser.make(type)}};
}

// Behind USING.
Checked add_charset(Parser& parser, ListBuilder<Argument>& arguments) {
  const std::uint32_t begin = parser.begin();
  TRY(const Name charset, parse_charset_name(parser));
  arguments.add({.before = "using", .value = name_at(parser, charset, begin)});
  return {};
}

void add_fallback(ListBuilder<Argument>& arguments, const JsonFallback& fallback, Name event) {
  const Expr word{.node = Word{event}};
  switch (fallback.kind) {
    case JsonFallback::Kind::unsaid: return;
    case JsonFallback::Kind::null: arguments.add({.before = "null on", .value = word}); return;
    case JsonFallback::Kind::error: arguments.add({.before = "error on", .value = word}); return;
    case JsonFallback::Kind::value:
      arguments.add({.before = "default", .value = *fallback.value});
      arguments.add({.before = "on", .value = word});
      return;
  }
}

}  // namespace

// CAST(x AS type [ARRAY]), CAST(x AT TIME ZONE '+00:00' AS DATETIME)
Parsed<Expr> parse_cast(Parser& parser) {
  Cast cast;
  TRY(cast.operand, parse_expr_node(parser));
  if (parser.take("AT")) {
    TRY_STATUS(parser.expect("TIME", "ZONE"));
    parser.take("INTERVAL");
    TRY(cast.zone, parser.text());
  }
  TRY_STATUS(parser.expect("AS"));
  TRY(const DataType type, parse_cast_type(parser));
  cast.type = parser.make(type);
  cast.array = parser.take("ARRAY");
  return Expr{.node = parser.make(cast)};
}

// CONVERT(x, type), which is CAST(x AS type); CONVERT(x USING charset)
Parsed<Expr> parse_convert(Parser& parser) {
  TRY(const Expr operand, parse_expr(parser));
  if (parser.take("USING")) {
    auto arguments = parser.list<Argument>();
    arguments.add({.value = operand});
    TRY_STATUS(add_charset(parser, arguments));
    return call_of(parser, "convert", arguments.finish(parser.arena()), operand.place.begin);
  }
  TRY_STATUS(parser.expect(","));
  TRY(const DataType type, parse_cast_type(parser));
  const Cast cast{.operand = parser.make(operand), .type = parser.make(type)};
  return Expr{.node = parser.make(cast)};
}

// CHAR(77, 121 USING utf8mb4)
Checked parse_char(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  do {
    TRY(const Expr value, parse_expr(parser));
    arguments.add({.value = value});
  } while (parser.take(","));
  if (parser.take("USING")) TRY_STATUS(add_charset(parser, arguments));
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// WEIGHT_STRING(x [AS CHAR(4)])
Checked parse_weight_string(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY(const Expr value, parse_expr(parser));
  arguments.add({.value = value});
  if (parser.take("AS")) {
    const std::uint32_t begin = parser.begin();
    TRY(const DataType type, parse_cast_type(parser));
    arguments.add({.before = "as", .value = type_at(parser, type, begin)});
  }
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// JSON_VALUE(x, path [RETURNING type] [… ON EMPTY] [… ON ERROR])
Checked parse_json_value(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY(const Expr document, parse_expr(parser));
  arguments.add({.value = document});
  TRY_STATUS(parser.expect(","));
  TRY(const Expr path, parse_expr(parser));
  arguments.add({.value = path});
  if (parser.take("RETURNING")) {
    const std::uint32_t begin = parser.begin();
    TRY(const DataType type, parse_cast_type(parser));
    arguments.add({.before = "returning", .value = type_at(parser, type, begin)});
  }
  JsonFallback on_empty;
  JsonFallback on_error;
  TRY_STATUS(parse_json_fallbacks(parser, on_empty, on_error));
  add_fallback(arguments, on_empty, "EMPTY");
  add_fallback(arguments, on_error, "ERROR");
  call.arguments = arguments.finish(parser.arena());
  return {};
}

}  // namespace octavo::sql
