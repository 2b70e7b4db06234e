// Indexes, views and databases; what is dropped, emptied and renamed.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<List<AlterFlag>> parse_flags(Parser& parser) {
  auto flags = parser.list<AlterFlag>();
  while (parser.at("ALGORITHM") || parser.at("LOCK")) {
    TRY(const AlterFlag flag, parse_alter_flag(parser));
    flags.add(flag);
  }
  return flags.finish(parser.arena());
}

KeyKind take_key_kind(Parser& parser) {
  if (parser.take("UNIQUE")) return KeyKind::unique;
  if (parser.take("FULLTEXT")) return KeyKind::fulltext;
  if (parser.take("SPATIAL")) return KeyKind::spatial;
  return KeyKind::plain;
}

Parsed<Name> parse_word(Parser& parser, std::initializer_list<Terminal> words) {
  for (const Terminal word : words) {
    if (parser.take(word)) return terminal_text(word.number());
  }
  return parser.unexpected();
}

Checked parse_view_options(Parser& parser, CreateView& view) {
  if (parser.take("ALGORITHM")) {
    TRY_STATUS(parser.expect("="));
    TRY(view.algorithm, parse_word(parser, {"UNDEFINED", "MERGE", "TEMPTABLE"}));
  }
  if (parser.take("DEFINER")) {
    TRY_STATUS(parser.expect("="));
    TRY(view.definer, parse_account(parser));
  }
  if (parser.take("SQL")) {
    TRY_STATUS(parser.expect("SECURITY"));
    TRY(view.security, parse_word(parser, {"DEFINER", "INVOKER"}));
  }
  return {};
}

Parsed<CreateView::CheckOption> parse_check_option(Parser& parser) {
  if (!parser.take("WITH")) return CreateView::CheckOption::none;
  const bool local = parser.take("LOCAL");
  if (!local) parser.take("CASCADED");
  TRY_STATUS(parser.expect("CHECK", "OPTION"));
  return local ? CreateView::CheckOption::local : CreateView::CheckOption::cascaded;
}

DropBehavior take_behavior(Parser& parser) {
  if (parser.take("RESTRICT")) return DropBehavior::restrict;
  if (parser.take("CASCADE")) return DropBehavior::cascade;
  return DropBehavior::unsaid;
}

Parsed<TableRename> parse_table_rename(Parser& parser) {
  TableRename rename;
  TRY(rename.from, parser.table_name());
  TRY_STATUS(parser.expect("TO"));
  TRY(rename.to, parser.table_name());
  return rename;
}

Parsed<UserRename> parse_user_rename(Parser& parser) {
  UserRename rename;
  TRY(rename.from, parse_account(parser));
  TRY_STATUS(parser.expect("TO"));
  TRY(rename.to, parse_account(parser));
  return rename;
}

}  // namespace

Parsed<Statement> parse_create_index(Parser& parser, bool /*alter*/) {
  CreateIndex create{.key = {.kind = take_key_kind(parser)}};
  TRY_STATUS(parser.expect("INDEX"));
  TRY(create.key.name, parser.name());
  TRY(const Name type, parse_key_type(parser));
  TRY_STATUS(parser.expect("ON"));
  TRY(create.table, parser.table_name());
  TRY(create.key.parts, parse_key_parts(parser));
  TRY(create.key.options, parse_key_options(parser));
  if (create.key.options.using_type.empty()) create.key.options.using_type = type;
  TRY(create.flags, parse_flags(parser));
  return statement_of(parser, create);
}

Parsed<Statement> parse_drop_index(Parser& parser, bool /*alter*/) {
  TRY_STATUS(parser.expect("INDEX"));
  DropIndex drop;
  if (parser.take("PRIMARY")) {
    drop.name = "PRIMARY";
  } else {
    TRY(drop.name, parser.name());
  }
  TRY_STATUS(parser.expect("ON"));
  TRY(drop.table, parser.table_name());
  TRY(drop.flags, parse_flags(parser));
  return statement_of(parser, drop);
}

Parsed<Statement> parse_view(Parser& parser, bool alter) {
  CreateView view{.alter = alter};
  if (!alter && parser.take("OR")) {
    TRY_STATUS(parser.expect("REPLACE"));
    view.or_replace = true;
  }
  TRY_STATUS(parse_view_options(parser, view));
  TRY_STATUS(parser.expect("VIEW"));
  TRY(view.view, parser.table_name());
  if (parser.at("(")) {
    TRY(view.columns, parser.names_in_parentheses());
  }
  TRY_STATUS(parser.expect("AS"));
  TRY(view.query, parse_query(parser));
  TRY(view.check, parse_check_option(parser));
  return statement_of(parser, view);
}

Parsed<Statement> parse_database(Parser& parser, bool alter) {
  parser.advance();  // DATABASE or SCHEMA
  CreateDatabase create{.alter = alter};
  create.if_not_exists = !alter && parser.take("IF", "NOT", "EXISTS");
  if (!alter || (parser.at_name() && !at_database_option(parser))) {
    TRY(create.database, parser.name());
  }
  auto options = parser.list<TableOption>();
  while (at_database_option(parser)) {
    TRY(const TableOption option, parse_table_option(parser));
    options.add(option);
  }
  if (alter && options.size() == 0) return parser.unexpected();
  create.options = options.finish(parser.arena());
  return statement_of(parser, create);
}

Parsed<Statement> parse_drop_database(Parser& parser, bool /*alter*/) {
  parser.advance();  // DATABASE or SCHEMA
  DropDatabase drop{.if_exists = parser.take("IF", "EXISTS")};
  TRY(drop.database, parser.name());
  return statement_of(parser, drop);
}

Parsed<Statement> parse_drop_program(Parser& parser, bool /*alter*/) {
  using Kind = DropProgram::Kind;
  DropProgram drop;
  if (parser.take("EVENT")) {
    drop.kind = Kind::event;
  } else if (parser.take("FUNCTION")) {
    drop.kind = Kind::function;
  } else if (parser.take("TRIGGER")) {
    drop.kind = Kind::trigger;
  } else {
    TRY_STATUS(parser.expect("PROCEDURE"));
  }
  drop.if_exists = parser.take("IF", "EXISTS");
  TRY(drop.program, parser.table_name());
  return statement_of(parser, drop);
}

Parsed<Statement> parse_drop_tables(Parser& parser, bool /*alter*/) {
  DropTables drop{.temporary = parser.take("TEMPORARY")};
  drop.views = !drop.temporary && parser.take("VIEW");
  if (!drop.views && !parser.take("TABLES")) TRY_STATUS(parser.expect("TABLE"));
  drop.if_exists = parser.take("IF", "EXISTS");
  TRY(drop.tables, parser.list_of<Path>([](Parser& inner) { return inner.table_name(); }));
  drop.behavior = take_behavior(parser);
  return statement_of(parser, drop);
}

Parsed<Statement> parse_truncate(Parser& parser) {
  TRY_STATUS(parser.expect("TRUNCATE"));
  parser.take("TABLE");
  TRY(const Path table, parser.table_name());
  return statement_of(parser, TruncateTable{table});
}

Parsed<Statement> parse_rename(Parser& parser) {
  TRY_STATUS(parser.expect("RENAME"));
  if (parser.take("USER")) {
    TRY(const List<UserRename> renames, parser.list_of<UserRename>(parse_user_rename));
    return statement_of(parser, RenameUser{renames});
  }
  if (!parser.take("TABLES")) TRY_STATUS(parser.expect("TABLE"));
  TRY(const List<TableRename> renames, parser.list_of<TableRename>(parse_table_rename));
  return statement_of(parser, RenameTables{renames});
}

}  // namespace octavo::sql
