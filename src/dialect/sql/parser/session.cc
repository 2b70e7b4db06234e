// Prepared statements, locks of tables, and what else a session sets.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<Name> parse_variable_name(Parser& parser) {
  if (parser.kind() != TokenKind::variable) return parser.unexpected();
  const Name name = parser.content(parser.token());
  parser.advance();
  return name;
}

Parsed<TableLock> parse_table_lock(Parser& parser) {
  TableLock lock;
  TRY(lock.table, parser.table_name());
  if (parser.take("AS") || (parser.at_name() && !parser.at("LOW_PRIORITY"))) {
    TRY(lock.alias, parser.name());
  }
  if (parser.take("READ")) {
    lock.mode = parser.take("LOCAL") ? TableLock::Mode::read_local : TableLock::Mode::read;
    return lock;
  }
  lock.mode =
      parser.take("LOW_PRIORITY") ? TableLock::Mode::low_priority_write : TableLock::Mode::write;
  TRY_STATUS(parser.expect("WRITE"));
  return lock;
}

bool take_tables(Parser& parser) { return parser.take("TABLES") || parser.take("TABLE"); }

}  // namespace

Parsed<Statement> parse_prepare(Parser& parser) {
  TRY_STATUS(parser.expect("PREPARE"));
  Prepare prepare;
  TRY(prepare.name, parser.name());
  TRY_STATUS(parser.expect("FROM"));
  const std::uint32_t begin = parser.begin();
  if (parser.at_text()) {
    TRY(const std::string_view text, parser.text());
    prepare.source = {.place = parser.place_from(begin),
                      .node = Literal{.kind = LiteralKind::string, .text = text}};
  } else {
    TRY(const Name variable, parse_variable_name(parser));
    prepare.source = {.place = parser.place_from(begin), .node = UserVariable{variable}};
  }
  return statement_of(parser, prepare);
}

Parsed<Statement> parse_execute(Parser& parser) {
  TRY_STATUS(parser.expect("EXECUTE"));
  Execute execute;
  TRY(execute.name, parser.name());
  if (parser.take("USING")) {
    TRY(execute.variables, parser.list_of<Name>(parse_variable_name));
  }
  return statement_of(parser, execute);
}

Parsed<Statement> parse_deallocate(Parser& parser) {
  TRY_STATUS(parser.expect("DEALLOCATE"));
  return parse_drop_prepare(parser, false);
}

Parsed<Statement> parse_drop_prepare(Parser& parser, bool /*alter*/) {
  TRY_STATUS(parser.expect("PREPARE"));
  TRY(const Name name, parser.name());
  return statement_of(parser, Deallocate{name});
}

Parsed<Statement> parse_lock(Parser& parser) {
  TRY_STATUS(parser.expect("LOCK"));
  if (parser.at("INSTANCE")) {
    return statement_of(parser,
                        Unsupported{.feature = "LOCK INSTANCE", .text = skip_statement(parser)});
  }
  if (!take_tables(parser)) return parser.unexpected();
  TRY(const List<TableLock> locks, parser.list_of<TableLock>(parse_table_lock));
  return statement_of(parser, LockTables{locks});
}

Parsed<Statement> parse_unlock(Parser& parser) {
  TRY_STATUS(parser.expect("UNLOCK"));
  if (parser.at("INSTANCE")) {
    return statement_of(parser,
                        Unsupported{.feature = "LOCK INSTANCE", .text = skip_statement(parser)});
  }
  if (!take_tables(parser)) return parser.unexpected();
  return Statement{.node = UnlockTables{}};
}

Parsed<Statement> parse_use(Parser& parser) {
  TRY_STATUS(parser.expect("USE"));
  TRY(const Name database, parser.name());
  return statement_of(parser, Use{database});
}

Parsed<Statement> parse_do(Parser& parser) {
  TRY_STATUS(parser.expect("DO"));
  TRY(const List<Expr> exprs, parse_exprs(parser));
  return statement_of(parser, Do{exprs});
}

}  // namespace octavo::sql
