// What FROM names: tables and derived tables. join.cc has what joins them.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Name> parse_index_name(Parser& parser) {
  if (parser.take("PRIMARY")) return Name("PRIMARY");
  return parser.name();
}

struct HintRow {
  Terminal word;
  IndexHint::Kind kind;
};
constexpr HintRow kHints[] = {{"USE", IndexHint::Kind::use},
                              {"IGNORE", IndexHint::Kind::ignore},
                              {"FORCE", IndexHint::Kind::force}};

// USE INDEX FOR JOIN (a, b)
Parsed<IndexHint> parse_hint(Parser& parser, IndexHint::Kind kind) {
  IndexHint hint{.kind = kind};
  if (!parser.take("KEY")) TRY_STATUS(parser.expect("INDEX"));
  if (parser.take("FOR")) {
    if (parser.take("JOIN")) {
      hint.purpose = IndexHint::Purpose::join;
    } else if (parser.take("ORDER")) {
      TRY_STATUS(parser.expect("BY"));
      hint.purpose = IndexHint::Purpose::order_by;
    } else {
      TRY_STATUS(parser.expect("GROUP", "BY"));
      hint.purpose = IndexHint::Purpose::group_by;
    }
  }
  // USE INDEX () means none.
  if (kind == IndexHint::Kind::use && parser.take("(", ")")) return hint;
  TRY(hint.indexes, parser.list_in_parentheses<Name>(parse_index_name));
  return hint;
}

Parsed<List<IndexHint>> parse_hints(Parser& parser) {
  auto hints = parser.list<IndexHint>();
  for (bool found = true; found;) {
    found = false;
    for (const HintRow& row : kHints) {
      if (!parser.take(row.word)) continue;
      TRY(const IndexHint hint, parse_hint(parser, row.kind));
      hints.add(hint);
      found = true;
    }
  }
  return hints.finish(parser.arena());
}

Parsed<TableRef> parse_base_table(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  BaseTable table;
  TRY(table.table, parser.table_name());
  TRY(table.partitions, parse_partitions(parser));
  TRY(table.alias, parse_table_alias(parser));
  TRY(table.hints, parse_hints(parser));
  return TableRef{.place = parser.place_from(begin), .node = parser.make(table)};
}

Parsed<TableRef> parse_derived_rest(Parser& parser, DerivedTable table, std::uint32_t begin) {
  TRY(table.alias, parse_table_alias(parser));
  if (!table.alias.empty() && parser.at("(")) {
    TRY(table.columns, parser.names_in_parentheses());
  }
  return TableRef{.place = parser.place_from(begin), .node = parser.make(table)};
}

bool is_bare_derived(const TableRef& ref) {
  const auto* const derived = std::get_if<Ref<DerivedTable>>(&ref.node);
  return derived != nullptr && !(*derived)->lateral && (*derived)->alias.empty();
}

// A query, or tables. `((SELECT 1) UNION SELECT 2) AS t` shows late that it is a query: until then
// what stands in the inner parentheses is a table without an alias.
Parsed<TableRef> parse_parentheses(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (at_query(parser, 1)) {
    TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
    return parse_derived_rest(parser, {.query = query}, begin);
  }
  Enclosed enclosed(parser);
  TRY_STATUS(parser.expect("("));
  TRY(const List<TableRef> tables, parse_table_refs(parser));
  if (tables.size() > 1) {
    TRY_STATUS(parser.expect(")"));
    return TableRef{.place = parser.place_from(begin), .node = TableList{tables}};
  }
  if (!is_bare_derived(tables[0])) {
    if (std::holds_alternative<Ref<Join>>(tables[0].node)) enclosed.count_once();
    TRY_STATUS(parser.expect(")"));
    return tables[0];
  }
  DerivedTable derived{.query = std::get<Ref<DerivedTable>>(tables[0].node)->query};
  if (at_query_rest(parser)) {
    TRY(derived.query, parse_query_rest(parser, derived.query));
  }
  TRY_STATUS(parser.expect(")"));
  return parse_derived_rest(parser, derived, begin);
}

}  // namespace

Parsed<TableRef> parse_table_factor(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (parser.at("(")) return parse_parentheses(parser);
  if (parser.at("JSON_TABLE")) return parse_json_table(parser);
  if (parser.take("LATERAL")) {
    TRY(const Ref<Query> query, parse_query_in_parentheses(parser));
    return parse_derived_rest(parser, {.lateral = true, .query = query}, begin);
  }
  if (parser.take("{")) {  // ODBC's {OJ a LEFT JOIN b ON …}
    TRY_STATUS(parser.name());
    TRY(const TableRef table, parse_table_ref(parser));
    TRY_STATUS(parser.expect("}"));
    return table;
  }
  return parse_base_table(parser);
}

Parsed<List<TableRef>> parse_table_refs(Parser& parser) {
  return parser.list_of<TableRef>(parse_table_ref);
}

Parsed<Name> parse_table_alias(Parser& parser) {
  if (parser.take("AS")) return parser.name();
  return parser.at_name() ? parser.name() : Name();
}

Parsed<List<Name>> parse_partitions(Parser& parser) {
  if (!parser.take("PARTITION")) return List<Name>();
  return parser.names_in_parentheses();
}

}  // namespace octavo::sql
