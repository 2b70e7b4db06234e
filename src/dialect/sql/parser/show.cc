// SHOW: its words find a row of ast/show.h, whose flags say what else may come.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct WordsRow {
  ShowKind kind;
  Terminal first;
  Terminal second = {};
  Terminal third = {};
};
// Those with more words come before those they begin like.
constexpr WordsRow kWordsOfForms[] = {
    {ShowKind::binary_log_status, "BINARY", "LOG", "STATUS"},
    {ShowKind::binary_log_status, "MASTER", "STATUS"},
    {ShowKind::binary_logs, "BINARY", "LOGS"},
    {ShowKind::binary_logs, "MASTER", "LOGS"},
    {ShowKind::binlog_events, "BINLOG", "EVENTS"},
    {ShowKind::character_set, "CHARACTER", "SET"},
    {ShowKind::character_set, "CHAR", "SET"},
    {ShowKind::character_set, "CHARSET"},
    {ShowKind::collation, "COLLATION"},
    {ShowKind::columns, "COLUMNS"},
    {ShowKind::columns, "FIELDS"},
    {ShowKind::create_database, "CREATE", "DATABASE"},
    {ShowKind::create_database, "CREATE", "SCHEMA"},
    {ShowKind::create_event, "CREATE", "EVENT"},
    {ShowKind::create_function, "CREATE", "FUNCTION"},
    {ShowKind::create_procedure, "CREATE", "PROCEDURE"},
    {ShowKind::create_table, "CREATE", "TABLE"},
    {ShowKind::create_trigger, "CREATE", "TRIGGER"},
    {ShowKind::create_user, "CREATE", "USER"},
    {ShowKind::create_view, "CREATE", "VIEW"},
    {ShowKind::databases, "DATABASES"},
    {ShowKind::databases, "SCHEMAS"},
    {ShowKind::engine, "ENGINE"},
    {ShowKind::engines, "STORAGE", "ENGINES"},
    {ShowKind::engines, "ENGINES"},
    {ShowKind::errors, "ERRORS"},
    {ShowKind::events, "EVENTS"},
    {ShowKind::function_code, "FUNCTION", "CODE"},
    {ShowKind::function_status, "FUNCTION", "STATUS"},
    {ShowKind::grants, "GRANTS"},
    {ShowKind::index, "INDEX"},
    {ShowKind::index, "INDEXES"},
    {ShowKind::index, "KEYS"},
    {ShowKind::open_tables, "OPEN", "TABLES"},
    {ShowKind::plugins, "PLUGINS"},
    {ShowKind::privileges, "PRIVILEGES"},
    {ShowKind::procedure_code, "PROCEDURE", "CODE"},
    {ShowKind::procedure_status, "PROCEDURE", "STATUS"},
    {ShowKind::process_list, "PROCESSLIST"},
    {ShowKind::profile, "PROFILE"},
    {ShowKind::profiles, "PROFILES"},
    {ShowKind::relaylog_events, "RELAYLOG", "EVENTS"},
    {ShowKind::replica_status, "REPLICA", "STATUS"},
    {ShowKind::replica_status, "SLAVE", "STATUS"},
    {ShowKind::replicas, "REPLICAS"},
    {ShowKind::replicas, "SLAVE", "HOSTS"},
    {ShowKind::status, "STATUS"},
    {ShowKind::table_status, "TABLE", "STATUS"},
    {ShowKind::tables, "TABLES"},
    {ShowKind::triggers, "TRIGGERS"},
    {ShowKind::variables, "VARIABLES"},
    {ShowKind::warnings, "WARNINGS"},
};

Parsed<ShowKind> parse_kind(Parser& parser) {
  if (parser.take("COUNT")) {
    TRY_STATUS(parser.expect("(", "*", ")"));
    if (parser.take("ERRORS")) return ShowKind::count_errors;
    TRY_STATUS(parser.expect("WARNINGS"));
    return ShowKind::count_warnings;
  }
  for (const WordsRow& row : kWordsOfForms) {
    if (parser.take(row.first, row.second, row.third)) return row.kind;
  }
  return parser.unexpected();
}

bool take_from(Parser& parser) { return parser.take("FROM") || parser.take("IN"); }

Checked parse_filter(Parser& parser, Show& show, std::uint16_t parts) {
  if ((parts & show_part::kLike) != 0 && parser.take("LIKE")) {
    TRY(show.like, parser.text());
    return {};
  }
  TRY(show.where, parse_where(parser));
  return {};
}

// FROM t [FROM d], or FROM d.t
Checked parse_table(Parser& parser, Show& show) {
  if (!take_from(parser)) return parser.unexpected();
  TRY(show.name, parser.table_name());
  return {};
}

Checked parse_engine(Parser& parser, Show& show) {
  TRY(const Name name, parser.name_or_text());
  auto parts = parser.list<Name>();
  parts.add(name);
  show.name = parts.finish(parser.arena());
  TRY(const Name what, parser.name());
  show.text = parser.upper(what);
  return {};
}

Checked parse_log_file(Parser& parser, Show& show) {
  if (parser.take("IN")) {
    TRY(show.text, parser.text());
  }
  if (parser.take("FROM")) {
    TRY(show.number, parser.digits());
  }
  return {};
}

// [type, …] [FOR QUERY n]
Checked parse_profile(Parser& parser, Show& show) {
  const std::uint32_t begin = parser.begin();
  while (parser.at_name() && !parser.at("LIMIT")) {
    do parser.advance();
    while (parser.at_name());
    if (!parser.take(",")) break;
  }
  if (parser.begin() != begin) {
    const Place place = parser.place_from(begin);
    show.text = parser.upper(parser.written(place.begin, place.end));
  }
  if (parser.take("FOR")) {
    TRY_STATUS(parser.expect("QUERY"));
    TRY(show.number, parser.digits());
  }
  return {};
}

// Of GRANTS, FOR user [USING role, …]; of CREATE USER the user alone.
Checked parse_user_part(Parser& parser, Show& show) {
  const bool grants = show.kind == ShowKind::grants;
  if (grants && !parser.take("FOR")) return {};
  TRY(show.user, parse_account(parser));
  if (grants && parser.take("USING")) {
    TRY(show.roles, parse_accounts(parser));
  }
  return {};
}

Checked parse_parts(Parser& parser, Show& show, std::uint16_t parts) {
  using namespace show_part;
  if ((parts & kIfNotExists) != 0) show.if_not_exists = parser.take("IF", "NOT", "EXISTS");
  if ((parts & kName) != 0) {
    TRY(show.name, parser.table_name());
  }
  if ((parts & kEngine) != 0) TRY_STATUS(parse_engine(parser, show));
  if ((parts & kTable) != 0) TRY_STATUS(parse_table(parser, show));
  if ((parts & kDatabase) != 0 && take_from(parser)) {
    TRY(show.database, parser.name());
  }
  if ((parts & kUser) != 0) TRY_STATUS(parse_user_part(parser, show));
  if ((parts & kLogFile) != 0) TRY_STATUS(parse_log_file(parser, show));
  if ((parts & kProfile) != 0) TRY_STATUS(parse_profile(parser, show));
  if ((parts & (kLike | kWhere)) != 0) TRY_STATUS(parse_filter(parser, show, parts));
  if ((parts & kLimit) != 0) {
    TRY(show.limit, parse_limit(parser));
  }
  return {};
}

}  // namespace

Parsed<Statement> parse_show(Parser& parser) {
  TRY_STATUS(parser.expect("SHOW"));
  Show show{.extended = parser.take("EXTENDED")};
  show.full = parser.take("FULL");
  if (parser.take("GLOBAL")) {
    show.scope = VariableScope::global;
  } else if (parser.take("SESSION") || parser.take("LOCAL")) {
    show.scope = VariableScope::session;
  }
  const std::uint32_t begin = parser.begin();
  TRY(show.kind, parse_kind(parser));
  const std::uint16_t parts = row_of(kShowForms, show.kind).parts;
  // What stood in front must fit the form.
  const bool fits = (!show.extended || (parts & show_part::kExtended) != 0) &&
                    (!show.full || (parts & show_part::kFull) != 0) &&
                    (show.scope == VariableScope::none || (parts & show_part::kScope) != 0);
  if (!fits) return std::unexpected(SyntaxFault{FaultKind::syntax, begin});
  TRY_STATUS(parse_parts(parser, show, parts));
  return statement_of(parser, show);
}

}  // namespace octavo::sql
