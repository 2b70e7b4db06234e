// ALTER TABLE.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// What has no argument but words: a row each, with the value that `=` may bring.
struct FlagRow {
  std::string_view words;
  bool has_value;
  Terminal first;
  Terminal second = {};
};
constexpr FlagRow kFlags[] = {
    {"ALGORITHM", true, "ALGORITHM"},
    {"LOCK", true, "LOCK"},
    {"FORCE", false, "FORCE"},
    {"DISABLE KEYS", false, "DISABLE", "KEYS"},
    {"ENABLE KEYS", false, "ENABLE", "KEYS"},
    {"WITH VALIDATION", false, "WITH", "VALIDATION"},
    {"WITHOUT VALIDATION", false, "WITHOUT", "VALIDATION"},
    {"DISCARD TABLESPACE", false, "DISCARD", "TABLESPACE"},
    {"IMPORT TABLESPACE", false, "IMPORT", "TABLESPACE"},
    {"UPGRADE PARTITIONING", false, "UPGRADE", "PARTITIONING"},
    {"REMOVE PARTITIONING", false, "REMOVE", "PARTITIONING"},
    {"SECONDARY_LOAD", false, "SECONDARY_LOAD"},
    {"SECONDARY_UNLOAD", false, "SECONDARY_UNLOAD"},
};

const FlagRow* find_flag(Parser& parser) {
  for (const FlagRow& row : kFlags) {
    if (parser.at(row.first, row.second)) return &row;
  }
  return nullptr;
}

struct TargetRow {
  AlterTarget target;
  Terminal first;
  Terminal second = {};
};
constexpr TargetRow kTargets[] = {
    {AlterTarget::primary_key, "PRIMARY", "KEY"},
    {AlterTarget::foreign_key, "FOREIGN", "KEY"},
    {AlterTarget::index, "INDEX"},
    {AlterTarget::index, "KEY"},
    {AlterTarget::check, "CHECK"},
    {AlterTarget::constraint, "CONSTRAINT"},
    {AlterTarget::column, "COLUMN"},
};

// A column where no word says what it is.
AlterTarget take_target(Parser& parser) {
  for (const TargetRow& row : kTargets) {
    if (parser.take(row.first, row.second)) return row.target;
  }
  return AlterTarget::column;
}

using Actions = ListBuilder<AlterAction>;

Checked parse_position(Parser& parser, AddColumn& column) {
  column.first = parser.take("FIRST");
  if (!column.first && parser.take("AFTER")) {
    TRY(column.after, parser.name());
  }
  return {};
}

Checked add_column(Parser& parser, Actions& actions) {
  AddColumn added;
  TRY(added.column, parse_column(parser));
  TRY_STATUS(parse_position(parser, added));
  actions.add(parser.make(added));
  return {};
}

// ADD (a INT, KEY (a))
Checked parse_add_many(Parser& parser, Actions& actions) {
  do {
    if (at_constraint(parser)) {
      TRY(const TableElement element, parse_constraint(parser));
      actions.add(AddConstraint{element});
    } else {
      AddColumn added;
      TRY(added.column, parse_column(parser));
      actions.add(parser.make(added));
    }
  } while (parser.take(","));
  return parser.expect(")");
}

Checked parse_add(Parser& parser, Actions& actions) {
  TRY_STATUS(parser.expect("ADD"));
  const bool column = parser.take("COLUMN");
  if (parser.take("(")) return parse_add_many(parser, actions);
  if (!column && at_constraint(parser)) {
    TRY(const TableElement element, parse_constraint(parser));
    actions.add(AddConstraint{element});
    return {};
  }
  return add_column(parser, actions);
}

Checked parse_drop(Parser& parser, Actions& actions) {
  TRY_STATUS(parser.expect("DROP"));
  DropPart drop{.target = take_target(parser)};
  if (drop.target != AlterTarget::primary_key) {
    TRY(drop.name, parser.name());
  }
  if (drop.target == AlterTarget::column && !parser.take("RESTRICT")) parser.take("CASCADE");
  actions.add(drop);
  return {};
}

Checked parse_change(Parser& parser, Actions& actions) {
  ChangeColumn change;
  if (parser.take("CHANGE")) {
    parser.take("COLUMN");
    TRY(change.column, parser.name());
  } else {
    TRY_STATUS(parser.expect("MODIFY"));
    parser.take("COLUMN");
  }
  TRY(change.changed.column, parse_column(parser));
  TRY_STATUS(parse_position(parser, change.changed));
  actions.add(parser.make(change));
  return {};
}

Checked parse_alter_column(Parser& parser, Name name, Actions& actions) {
  if (parser.take("DROP")) {
    TRY_STATUS(parser.expect("DEFAULT"));
    actions.add(SetDefault{.column = name, .value = {}});
    return {};
  }
  TRY_STATUS(parser.expect("SET"));
  if (parser.take("VISIBLE")) {
    actions.add(SetVisible{.target = AlterTarget::column, .name = name});
  } else if (parser.take("INVISIBLE")) {
    actions.add(SetVisible{.target = AlterTarget::column, .name = name, .visible = false});
  } else {
    TRY_STATUS(parser.expect("DEFAULT"));
    const bool in_parentheses = parser.at("(");
    TRY(const Ref<Expr> value, parse_default_value(parser));
    actions.add(SetDefault{.column = name, .value = value, .in_parentheses = in_parentheses});
  }
  return {};
}

Checked parse_alter_part(Parser& parser, Actions& actions) {
  TRY_STATUS(parser.expect("ALTER"));
  const AlterTarget target = take_target(parser);
  TRY(const Name name, parser.name());
  if (target == AlterTarget::column) return parse_alter_column(parser, name, actions);
  if (target == AlterTarget::index) {
    const bool visible = parser.take("VISIBLE");
    if (!visible) TRY_STATUS(parser.expect("INVISIBLE"));
    actions.add(SetVisible{.target = target, .name = name, .visible = visible});
    return {};
  }
  if (!parser.at("ENFORCED") && !parser.at("NOT", "ENFORCED")) return parser.unexpected();
  TRY(const bool enforced, parse_enforced(parser));
  actions.add(SetEnforced{.target = target, .name = name, .enforced = enforced});
  return {};
}

Checked parse_rename_part(Parser& parser, Actions& actions) {
  TRY_STATUS(parser.expect("RENAME"));
  const bool index = parser.at("INDEX") || parser.at("KEY");
  if (!index && !parser.at("COLUMN")) {
    if (!parser.take("TO") && !parser.take("AS")) parser.take("=");
    TRY(const Path table, parser.table_name());
    actions.add(RenameTo{table});
    return {};
  }
  parser.advance();
  RenamePart rename{.target = index ? AlterTarget::index : AlterTarget::column};
  TRY(rename.from, parser.name());
  TRY_STATUS(parser.expect("TO"));
  TRY(rename.to, parser.name());
  actions.add(rename);
  return {};
}

Checked parse_convert_to(Parser& parser, Actions& actions) {
  TRY_STATUS(parser.expect("CONVERT", "TO"));
  if (!take_charset_words(parser)) return parser.unexpected();
  ConvertCharset convert;
  if (!parser.take("DEFAULT")) {
    TRY(convert.charset, parse_charset_name(parser));
  }
  if (parser.take("COLLATE")) {
    TRY(convert.collation, parse_collation_name(parser));
  }
  actions.add(convert);
  return {};
}

Checked parse_order(Parser& parser, Actions& actions) {
  TRY(const List<OrderItem> by, parse_order_by(parser));
  actions.add(OrderRows{by});
  return {};
}

struct ActionRow {
  Terminal word;
  Checked (*parse)(Parser& parser, Actions& actions);
};
constexpr ActionRow kActions[] = {
    {"ADD", parse_add},
    {"DROP", parse_drop},
    {"CHANGE", parse_change},
    {"MODIFY", parse_change},
    {"ALTER", parse_alter_part},
    {"RENAME", parse_rename_part},
    {"CONVERT", parse_convert_to},
    {"ORDER", parse_order},
};

Checked parse_action(Parser& parser, Actions& actions) {
  if (at_alter_partitions(parser)) {
    TRY(const Ref<AlterPartitions> alter, parse_alter_partitions(parser));
    actions.add(alter);
    return {};
  }
  if (at_alter_flag(parser)) {
    TRY(const AlterFlag flag, parse_alter_flag(parser));
    actions.add(flag);
    return {};
  }
  for (const ActionRow& row : kActions) {
    if (parser.at(row.word)) return row.parse(parser, actions);
  }
  // Several options need no comma between them.
  do {
    TRY(const TableOption option, parse_table_option(parser));
    actions.add(option);
  } while (at_table_option(parser));
  return {};
}

}  // namespace

bool at_alter_flag(Parser& parser) { return find_flag(parser) != nullptr; }

Parsed<AlterFlag> parse_alter_flag(Parser& parser) {
  const FlagRow* const row = find_flag(parser);
  if (row == nullptr) return parser.unexpected();
  parser.advance();
  if (row->second) parser.advance();
  AlterFlag flag{.words = row->words};
  if (!row->has_value) return flag;
  parser.take("=");
  if (parser.take("DEFAULT")) {
    flag.value = "DEFAULT";
  } else {
    TRY(const Name value, parser.name());
    flag.value = parser.upper(value);
  }
  return flag;
}

Parsed<Statement> parse_alter_table(Parser& parser, bool /*alter*/) {
  TRY_STATUS(parser.expect("TABLE"));
  AlterTable alter;
  TRY(alter.table, parser.table_name());
  auto actions = parser.list<AlterAction>();
  // ALTER TABLE t alone is a statement, and does nothing.
  if (parser.kind() != TokenKind::end && !parser.at(";")) {
    do {
      TRY_STATUS(parse_action(parser, actions));
    } while (parser.take(",") || parser.at("PARTITION", "BY") ||
             parser.at("REMOVE", "PARTITIONING"));
  }
  alter.actions = actions.finish(parser.arena());
  return statement_of(parser, alter);
}

}  // namespace octavo::sql
