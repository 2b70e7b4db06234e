// Keys and constraints of tables.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<KeyPart> parse_part(Parser& parser) {
  KeyPart part;
  if (parser.take("(")) {
    TRY(part.expr, parse_expr_node(parser));
    TRY_STATUS(parser.expect(")"));
  } else {
    TRY(part.column, parser.name());
    if (parser.take("(")) {
      TRY(part.prefix, parser.number());
      TRY_STATUS(parser.expect(")"));
    }
  }
  part.descending = parser.take("DESC");
  if (!part.descending) parser.take("ASC");
  return part;
}

Parsed<ReferenceAction> parse_action(Parser& parser) {
  if (parser.take("RESTRICT")) return ReferenceAction::restrict;
  if (parser.take("CASCADE")) return ReferenceAction::cascade;
  if (parser.take("NO")) {
    TRY_STATUS(parser.expect("ACTION"));
    return ReferenceAction::no_action;
  }
  TRY_STATUS(parser.expect("SET"));
  if (parser.take("NULL")) return ReferenceAction::set_null;
  TRY_STATUS(parser.expect("DEFAULT"));
  return ReferenceAction::set_default;
}

Parsed<ReferenceMatch> parse_match(Parser& parser) {
  if (parser.take("FULL")) return ReferenceMatch::full;
  if (parser.take("PARTIAL")) return ReferenceMatch::partial;
  TRY_STATUS(parser.expect("SIMPLE"));
  return ReferenceMatch::simple;
}

Parsed<TableElement> parse_key(Parser& parser, KeyKind kind, Name constraint) {
  KeyDef key{.kind = kind, .constraint = constraint};
  if (parser.at_name()) {
    TRY(key.name, parser.name());
  }
  // TYPE for USING may stand behind a name.
  Name type;
  if (parser.at("USING") || !key.name.empty()) {
    TRY(type, parse_key_type(parser));
  }
  TRY(key.parts, parse_key_parts(parser));
  TRY(key.options, parse_key_options(parser));
  if (key.options.using_type.empty()) key.options.using_type = type;
  return TableElement(parser.make(key));
}

Parsed<TableElement> parse_foreign_key(Parser& parser, Name constraint) {
  TRY_STATUS(parser.expect("FOREIGN", "KEY"));
  ForeignKey key{.constraint = constraint};
  if (parser.at_name()) {
    TRY(key.index, parser.name());
  }
  TRY(key.columns, parse_key_parts(parser));
  TRY(key.references, parse_references(parser));
  return TableElement(parser.make(key));
}

Parsed<TableElement> parse_check(Parser& parser, Name constraint) {
  TRY_STATUS(parser.expect("CHECK", "("));
  CheckDef check{.constraint = constraint};
  TRY(check.condition, parse_expr(parser));
  TRY_STATUS(parser.expect(")"));
  TRY(check.enforced, parse_enforced(parser));
  return TableElement(parser.make(check));
}

bool take_key_word(Parser& parser) { return parser.take("KEY") || parser.take("INDEX"); }

}  // namespace

Parsed<Name> parse_key_type(Parser& parser) {
  static constexpr Terminal kKeyTypes[] = {"BTREE", "HASH", "RTREE"};
  if (!parser.take("USING")) {
    if (!parser.at("TYPE")) return Name();
    parser.advance();
  }
  for (const Terminal word : kKeyTypes) {
    if (parser.take(word)) return terminal_text(word.number());
  }
  return parser.unexpected();
}

Parsed<List<KeyPart>> parse_key_parts(Parser& parser) {
  return parser.list_in_parentheses<KeyPart>(parse_part);
}

Parsed<KeyOptions> parse_key_options(Parser& parser) {
  KeyOptions options;
  for (;;) {
    if (parser.at("USING") || parser.at("TYPE")) {
      TRY(options.using_type, parse_key_type(parser));
    } else if (parser.take("KEY_BLOCK_SIZE")) {
      parser.take("=");
      TRY(options.block_size, parser.digits());
    } else if (parser.take("COMMENT")) {
      TRY(options.comment, parser.text());
    } else if (parser.take("WITH")) {
      TRY_STATUS(parser.expect("PARSER"));
      TRY(options.parser, parser.name());
    } else if (parser.take("VISIBLE")) {
      options.visible = true;
    } else if (parser.take("INVISIBLE")) {
      options.visible = false;
    } else {
      return options;
    }
  }
}

Parsed<References> parse_references(Parser& parser) {
  TRY_STATUS(parser.expect("REFERENCES"));
  References references;
  TRY(references.table, parser.table_name());
  if (parser.at("(")) {
    TRY(references.columns, parse_key_parts(parser));
  }
  if (parser.take("MATCH")) {
    TRY(references.match, parse_match(parser));
  }
  while (parser.take("ON")) {
    const bool on_delete = parser.take("DELETE");
    if (!on_delete) TRY_STATUS(parser.expect("UPDATE"));
    ReferenceAction& action = on_delete ? references.on_delete : references.on_update;
    if (action != ReferenceAction::unsaid) return parser.unexpected();
    TRY(action, parse_action(parser));
  }
  return references;
}

bool at_constraint(Parser& parser) {
  return parser.at("CONSTRAINT") || parser.at("PRIMARY") || parser.at("UNIQUE") ||
         parser.at("KEY") || parser.at("INDEX") || parser.at("FULLTEXT") || parser.at("SPATIAL") ||
         parser.at("FOREIGN") || parser.at("CHECK");
}

Parsed<TableElement> parse_constraint(Parser& parser) {
  Name constraint;
  const bool named = parser.take("CONSTRAINT");
  if (named && parser.at_name()) {
    TRY(constraint, parser.name());
  }
  if (parser.at("FOREIGN")) return parse_foreign_key(parser, constraint);
  if (parser.at("CHECK")) return parse_check(parser, constraint);
  if (parser.take("PRIMARY")) {
    TRY_STATUS(parser.expect("KEY"));
    return parse_key(parser, KeyKind::primary, constraint);
  }
  if (parser.take("UNIQUE")) {
    take_key_word(parser);
    return parse_key(parser, KeyKind::unique, constraint);
  }
  if (named) return parser.unexpected();
  if (parser.take("FULLTEXT")) {
    take_key_word(parser);
    return parse_key(parser, KeyKind::fulltext, {});
  }
  if (parser.take("SPATIAL")) {
    take_key_word(parser);
    return parse_key(parser, KeyKind::spatial, {});
  }
  if (!take_key_word(parser)) return parser.unexpected();
  return parse_key(parser, KeyKind::plain, {});
}

}  // namespace octavo::sql
