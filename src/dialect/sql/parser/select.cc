// SELECT itself.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct OptionRow {
  Terminal word;
  std::uint16_t bit;  // of select_option; 0: the word is read and changes nothing
};
constexpr OptionRow kOptions[] = {
    {"ALL", 0},
    {"DISTINCT", select_option::kDistinct},
    {"DISTINCTROW", select_option::kDistinct},
    {"HIGH_PRIORITY", select_option::kHighPriority},
    {"STRAIGHT_JOIN", select_option::kStraightJoin},
    {"SQL_SMALL_RESULT", select_option::kSmallResult},
    {"SQL_BIG_RESULT", select_option::kBigResult},
    {"SQL_BUFFER_RESULT", select_option::kBufferResult},
    {"SQL_NO_CACHE", select_option::kNoCache},
    {"SQL_CALC_FOUND_ROWS", select_option::kCalcFoundRows},
};

std::uint16_t parse_options(Parser& parser) {
  std::uint16_t options = 0;
  for (bool found = true; found;) {
    found = false;
    for (const OptionRow& row : kOptions) {
      if (!parser.take(row.word)) continue;
      options |= row.bit;
      found = true;
    }
  }
  return options;
}

// `t.*`, `d.t.*`
bool at_qualified_star(Parser& parser) {
  if (!parser.at_name() || !parser.at_ahead(1, ".")) return false;
  if (parser.at_ahead(2, "*")) return true;
  return parser.at_name(2) && parser.at_ahead(3, ".") && parser.at_ahead(4, "*");
}

Parsed<SelectItem> parse_qualified_star(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  auto parts = parser.list<Name>();
  while (!parser.take("*")) {
    TRY(const Name part, parser.name());
    parts.add(part);
    TRY_STATUS(parser.expect("."));
  }
  const Star star{parts.finish(parser.arena())};
  return SelectItem{.expr = {.place = parser.place_from(begin), .node = star}};
}

// The name of a column without an alias is its text. Of a column it is the last part of its name,
// of a string its value, and of several strings the first one's.
std::string_view written_name(Parser& parser, const Expr& expr, const Token& first) {
  if (const auto* column = std::get_if<ColumnName>(&expr.node)) return column->path.back();
  const auto* const literal = std::get_if<Literal>(&expr.node);
  const bool string = literal != nullptr && (literal->kind == LiteralKind::string ||
                                             literal->kind == LiteralKind::national_string);
  if (string && (first.kind == TokenKind::string || first.kind == TokenKind::national_string)) {
    return parser.content(first);
  }
  if (const auto* introduced = std::get_if<Introduced>(&expr.node)) {
    if (introduced->literal->kind == LiteralKind::string) return introduced->literal->text;
  }
  return parser.written(expr.place.begin, expr.place.end);
}

Parsed<SelectItem> parse_item(Parser& parser) {
  if (at_qualified_star(parser)) return parse_qualified_star(parser);
  const Token first = parser.token();
  TRY(const Expr expr, parse_expr(parser));
  SelectItem item{.expr = expr};
  // The text of a sign or of parentheses that left no node belongs to it as well.
  item.expr.place.begin = first.begin;
  item.written.text = written_name(parser, item.expr, first);
  if (parser.take("AS")) {
    item.has_alias = true;
    TRY(item.alias, parser.name_or_text());
  } else if (parser.at_name() || parser.at_text()) {
    item.has_alias = true;
    TRY(item.alias, parser.name_or_text());
  }
  return item;
}

Parsed<List<SelectItem>> parse_items(Parser& parser) {
  auto items = parser.list<SelectItem>();
  const std::uint32_t begin = parser.begin();
  // A `*` alone stands in front only.
  if (parser.take("*")) {
    items.add({.expr = {.place = parser.place_from(begin), .node = Star{}}});
    if (!parser.take(",")) return items.finish(parser.arena());
  }
  do {
    TRY(const SelectItem item, parse_item(parser));
    items.add(item);
  } while (parser.take(","));
  return items.finish(parser.arena());
}

Parsed<NamedWindow> parse_named_window(Parser& parser) {
  NamedWindow window;
  TRY(window.name, parser.name());
  TRY_STATUS(parser.expect("AS"));
  TRY(window.window, parse_window(parser));
  return window;
}

Checked parse_from(Parser& parser, Select& select) {
  if (!parser.take("FROM")) return {};
  if (parser.take("DUAL")) return {};
  TRY(select.from, parse_table_refs(parser));
  return {};
}

Checked parse_group_by(Parser& parser, Select& select) {
  if (!parser.take("GROUP")) return {};
  TRY_STATUS(parser.expect("BY"));
  TRY(select.group_by, parse_exprs(parser));
  // Behind a view's query WITH CHECK OPTION may come.
  select.rollup = parser.take("WITH", "ROLLUP");
  return {};
}

}  // namespace

Parsed<Ref<Select>> parse_select(Parser& parser, Ref<Into>& into) {
  TRY_STATUS(parser.expect("SELECT"));
  Select select{.hints = parser.take_hints()};
  select.options = parse_options(parser);
  TRY(select.items, parse_items(parser));
  if (parser.at("INTO")) {
    if (into) return parser.fault(FaultKind::wrong_usage);
    TRY(into, parse_into(parser));
  }
  TRY_STATUS(parse_from(parser, select));
  TRY(select.where, parse_where(parser));
  TRY_STATUS(parse_group_by(parser, select));
  if (parser.take("HAVING")) {
    TRY(select.having, parse_expr_node(parser));
  }
  if (parser.take("WINDOW")) {
    TRY(select.windows, parser.list_of<NamedWindow>(parse_named_window));
  }
  return parser.make(select);
}

}  // namespace octavo::sql
