// What stands in the parentheses of aggregates.

#include "dialect/sql/parser/special_call.h"

namespace octavo::sql {
namespace {

Parsed<Argument> parse_argument(Parser& parser) {
  TRY(const Expr value, parse_expr(parser));
  return Argument{.value = value};
}

Checked parse_arguments(Parser& parser, Call& call) {
  TRY(call.arguments, parser.list_of<Argument>(parse_argument));
  return {};
}

}  // namespace

Checked parse_aggregate(Parser& parser, Call& call) {
  parser.take("ALL");
  TRY(const Argument argument, parse_argument(parser));
  auto arguments = parser.list<Argument>();
  arguments.add(argument);
  call.arguments = arguments.finish(parser.arena());
  return {};
}

Checked parse_distinct_aggregate(Parser& parser, Call& call) {
  call.distinct = parser.take_distinct();
  return parse_aggregate(parser, call);
}

Checked parse_count(Parser& parser, Call& call) {
  const std::uint32_t begin = parser.begin();
  call.distinct = parser.take_distinct();
  if (call.distinct) return parse_arguments(parser, call);
  if (!parser.take("*") && !parser.take("ALL", "*")) return parse_aggregate(parser, call);
  auto arguments = parser.list<Argument>();
  arguments.add({.value = {.place = parser.place_from(begin), .node = Star{}}});
  call.arguments = arguments.finish(parser.arena());
  return {};
}

Checked parse_group_concat(Parser& parser, Call& call) {
  call.distinct = parser.take_distinct();
  TRY_STATUS(parse_arguments(parser, call));
  TRY(call.order_by, parse_order_by(parser));
  if (parser.take("SEPARATOR")) {
    TRY(const std::string_view separator, parser.text());
    call.separator = parser.make(Literal{.kind = LiteralKind::string, .text = separator});
  }
  return {};
}

}  // namespace octavo::sql
