// Statements for who runs the server.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct CareRow {
  Terminal word;
  TableCare care;
};
constexpr CareRow kCares[] = {{"ANALYZE", TableCare::analyze},
                              {"CHECK", TableCare::check},
                              {"CHECKSUM", TableCare::checksum},
                              {"OPTIMIZE", TableCare::optimize},
                              {"REPAIR", TableCare::repair}};

constexpr Terminal kCareOptions[] = {"QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED", "USE_FRM"};

bool take_local(Parser& parser) {
  return parser.take("NO_WRITE_TO_BINLOG") || parser.take("LOCAL");
}

Parsed<List<Path>> parse_tables(Parser& parser) {
  return parser.list_of<Path>([](Parser& inner) { return inner.table_name(); });
}

Parsed<List<Name>> parse_care_options(Parser& parser) {
  auto options = parser.list<Name>();
  for (bool found = true; found;) {
    found = parser.take("FOR", "UPGRADE");
    if (found) options.add("FOR UPGRADE");
    for (const Terminal word : kCareOptions) {
      if (!parser.take(word)) continue;
      options.add(terminal_text(word.number()));
      found = true;
    }
  }
  return options.finish(parser.arena());
}

// UPDATE HISTOGRAM ON a, b WITH 4 BUCKETS; DROP HISTOGRAM ON a
Parsed<Ref<Histogram>> parse_histogram(Parser& parser) {
  Histogram histogram{.drop = parser.take("DROP")};
  if (!histogram.drop && !parser.take("UPDATE")) return Ref<Histogram>();
  TRY_STATUS(parser.expect("HISTOGRAM", "ON"));
  TRY(histogram.columns, parser.names());
  if (!histogram.drop && parser.take("WITH")) {
    TRY(histogram.buckets, parser.digits());
    TRY_STATUS(parser.expect("BUCKETS"));
  } else if (!histogram.drop && parser.take("USING")) {
    TRY_STATUS(parser.expect("DATA"));
    TRY(histogram.data, parser.text());
  }
  return parser.make(histogram);
}

struct FlushRow {
  std::string_view text;
  Terminal first;
  Terminal second = {};
};
constexpr FlushRow kFlushed[] = {
    {"BINARY LOGS", "BINARY", "LOGS"},
    {"ENGINE LOGS", "ENGINE", "LOGS"},
    {"ERROR LOGS", "ERROR", "LOGS"},
    {"GENERAL LOGS", "GENERAL", "LOGS"},
    {"RELAY LOGS", "RELAY", "LOGS"},
    {"SLOW LOGS", "SLOW", "LOGS"},
    {"HOSTS", "HOSTS"},
    {"LOGS", "LOGS"},
    {"OPTIMIZER_COSTS", "OPTIMIZER_COSTS"},
    {"PRIVILEGES", "PRIVILEGES"},
    {"STATUS", "STATUS"},
    {"USER_RESOURCES", "USER_RESOURCES"},
};

Parsed<Name> parse_flushed(Parser& parser) {
  for (const FlushRow& row : kFlushed) {
    if (parser.take(row.first, row.second)) return row.text;
  }
  return parser.unexpected();
}

Checked parse_flush_tables(Parser& parser, Flush& flush) {
  auto what = parser.list<Name>();
  what.add("TABLES");
  flush.what = what.finish(parser.arena());
  if (parser.at_name() && !parser.at("WITH")) {
    TRY(flush.tables, parse_tables(parser));
  }
  if (parser.take("WITH")) {
    flush.read_lock = true;
    return parser.expect("READ", "LOCK");
  }
  if (!flush.tables.empty() && parser.take("FOR")) {
    flush.for_export = true;
    return parser.expect("EXPORT");
  }
  return {};
}

}  // namespace

Parsed<Statement> parse_table_care(Parser& parser) {
  CareForTables node;
  for (const CareRow& row : kCares) {
    if (parser.take(row.word)) {
      node.care = row.care;
      break;
    }
  }
  node.local = take_local(parser);
  if (!parser.take("TABLES")) TRY_STATUS(parser.expect("TABLE"));
  TRY(node.tables, parse_tables(parser));
  if (node.care == TableCare::analyze) {
    TRY(node.histogram, parse_histogram(parser));
  } else {
    TRY(node.options, parse_care_options(parser));
  }
  return statement_of(parser, node);
}

Parsed<Statement> parse_flush(Parser& parser) {
  TRY_STATUS(parser.expect("FLUSH"));
  Flush flush{.local = take_local(parser)};
  if (parser.take("TABLES") || parser.take("TABLE")) {
    TRY_STATUS(parse_flush_tables(parser, flush));
  } else {
    TRY(flush.what, parser.list_of<Name>(parse_flushed));
  }
  return statement_of(parser, flush);
}

Parsed<Statement> parse_kill(Parser& parser) {
  TRY_STATUS(parser.expect("KILL"));
  Kill kill{.query = parser.take("QUERY")};
  if (!kill.query) parser.take("CONNECTION");
  TRY(kill.id, parse_expr(parser));
  return statement_of(parser, kill);
}

Parsed<Statement> parse_subscribe(Parser& parser) {
  TRY_STATUS(parser.expect("SUBSCRIBE"));
  Subscribe subscribe;
  if (parser.take("AFTER")) {
    TRY(subscribe.after, parser.text());
  }
  if (!at_query(parser) && !parser.at("(")) return parser.unexpected();
  TRY(subscribe.query, parse_query(parser));
  return statement_of(parser, subscribe);
}

}  // namespace octavo::sql
