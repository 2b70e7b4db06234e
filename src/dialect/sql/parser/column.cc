// Columns of CREATE and ALTER TABLE.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

// NOW(), in all its spellings.
bool at_now(Parser& parser) {
  return parser.at("NOW") || parser.at("CURRENT_TIMESTAMP") || parser.at("LOCALTIME") ||
         parser.at("LOCALTIMESTAMP");
}

Parsed<Ref<Expr>> parse_now(Parser& parser) {
  if (!at_now(parser)) return parser.unexpected();
  TRY(const Expr now, parse_call(parser));
  return parser.make(now);
}

Checked parse_generated(Parser& parser, ColumnDef& column) {
  Generated generated;
  TRY_STATUS(parser.expect("("));
  TRY(generated.value, parse_expr(parser));
  TRY_STATUS(parser.expect(")"));
  generated.stored = parser.take("STORED");
  if (!generated.stored) parser.take("VIRTUAL");
  column.generated = parser.make(generated);
  return {};
}

Parsed<bool> parse_serial_default(Parser& parser) {
  if (!parser.take("SERIAL")) return false;
  TRY_STATUS(parser.expect("DEFAULT", "VALUE"));
  return true;
}

void make_serial(ColumnDef& column) {
  column.nullable = false;
  column.auto_increment = true;
  column.key = ColumnKey::unique;
}

// [CONSTRAINT [name]] CHECK (condition) [[NOT] ENFORCED]
Parsed<bool> parse_check(Parser& parser, ListBuilder<CheckDef>& checks) {
  CheckDef check;
  if (parser.take("CONSTRAINT")) {
    if (parser.at_name()) {
      TRY(check.constraint, parser.name());
    }
  } else if (!parser.at("CHECK")) {
    return false;
  }
  TRY_STATUS(parser.expect("CHECK", "("));
  TRY(check.condition, parse_expr(parser));
  TRY_STATUS(parser.expect(")"));
  TRY(check.enforced, parse_enforced(parser));
  checks.add(check);
  return true;
}

Parsed<Name> parse_choice(Parser& parser, std::initializer_list<Terminal> words) {
  for (const Terminal word : words) {
    if (parser.take(word)) return terminal_text(word.number());
  }
  return parser.unexpected();
}

// Whether a generated column may have it, behind its expression.
enum Where : std::uint8_t { kPlain, kGenerated };

struct AttributeRow {
  Terminal word;
  Where where;
  Checked (*parse)(Parser& parser, ColumnDef& column);  // behind the word
};

const AttributeRow kAttributes[] = {
    {"NULL", kGenerated,
     [](Parser&, ColumnDef& column) -> Checked {
       column.nullable = true;
       return {};
     }},
    {"NOT", kGenerated,
     [](Parser& parser, ColumnDef& column) -> Checked {
       column.nullable = false;
       return parser.expect("NULL");
     }},
    {"DEFAULT", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       if (at_now(parser)) {
         TRY(column.default_value, parse_now(parser));
       } else {
         column.default_in_parentheses = parser.at("(");
         TRY(column.default_value, parse_default_value(parser));
       }
       return {};
     }},
    {"ON", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY_STATUS(parser.expect("UPDATE"));
       TRY(column.on_update, parse_now(parser));
       return {};
     }},
    {"AUTO_INCREMENT", kPlain,
     [](Parser&, ColumnDef& column) -> Checked {
       column.auto_increment = true;
       return {};
     }},
    {"PRIMARY", kGenerated,
     [](Parser& parser, ColumnDef& column) -> Checked {
       column.key = ColumnKey::primary;
       return parser.expect("KEY");
     }},
    {"KEY", kGenerated,
     [](Parser&, ColumnDef& column) -> Checked {
       column.key = ColumnKey::primary;
       return {};
     }},
    {"UNIQUE", kGenerated,
     [](Parser& parser, ColumnDef& column) -> Checked {
       if (column.key == ColumnKey::none) column.key = ColumnKey::unique;
       parser.take("KEY");
       return {};
     }},
    {"COMMENT", kGenerated,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY(column.comment, parser.text());
       return {};
     }},
    {"COLLATE", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY(column.type.collation, parse_collation_name(parser));
       return {};
     }},
    {"COLUMN_FORMAT", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY(column.format, parse_choice(parser, {"FIXED", "DYNAMIC", "DEFAULT"}));
       return {};
     }},
    {"STORAGE", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY(column.storage, parse_choice(parser, {"DISK", "MEMORY", "DEFAULT"}));
       return {};
     }},
    {"SRID", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY(column.srid, parser.digits());
       return {};
     }},
    {"VISIBLE", kGenerated,
     [](Parser&, ColumnDef& column) -> Checked {
       column.visible = true;
       return {};
     }},
    {"INVISIBLE", kGenerated,
     [](Parser&, ColumnDef& column) -> Checked {
       column.visible = false;
       return {};
     }},
    {"GENERATED", kPlain,
     [](Parser& parser, ColumnDef& column) -> Checked {
       TRY_STATUS(parser.expect("ALWAYS", "AS"));
       return parse_generated(parser, column);
     }},
    {"AS", kPlain, parse_generated},
};

Parsed<bool> parse_attribute(Parser& parser, ColumnDef& column, ListBuilder<CheckDef>& checks) {
  // What a generated column may have stands behind its expression.
  const bool generated = parser.at("GENERATED") || parser.at("AS");
  if (generated && (column.nullable || column.default_value || column.auto_increment ||
                    column.key != ColumnKey::none || column.comment)) {
    return false;
  }
  if (!column.generated && parser.at("REFERENCES")) {
    TRY(const References references, parse_references(parser));
    column.references = parser.make(references);
    return true;
  }
  TRY(const bool serial, parse_serial_default(parser));
  if (serial && !column.generated) {
    make_serial(column);
    return true;
  }
  for (const AttributeRow& row : kAttributes) {
    if (column.generated && row.where == kPlain) continue;
    if (!parser.take(row.word)) continue;
    TRY_STATUS(row.parse(parser, column));
    return true;
  }
  // CHARACTER SET belongs to the type; behind it this is the only way it may come.
  return parse_check(parser, checks);
}

}  // namespace

// COLLATE behind it is the column's.
Parsed<Ref<Expr>> parse_default_value(Parser& parser) {
  if (!parser.take("(")) return parse_signed_literal(parser);
  TRY(const Ref<Expr> value, parse_expr_node(parser));
  TRY_STATUS(parser.expect(")"));
  return value;
}

Parsed<bool> parse_enforced(Parser& parser) {
  if (parser.take("NOT", "ENFORCED")) return false;
  parser.take("ENFORCED");
  return true;
}

Parsed<ColumnDef> parse_column_behind_name(Parser& parser, Name name) {
  ColumnDef column{.name = name};
  if (parser.take("SERIAL")) {
    column.type = {.kind = TypeKind::big_integer, .is_unsigned = true};
    make_serial(column);
  } else {
    TRY(column.type, parse_column_type(parser));
  }
  auto checks = parser.list<CheckDef>();
  for (;;) {
    TRY(const bool found, parse_attribute(parser, column, checks));
    if (!found) break;
  }
  column.checks = checks.finish(parser.arena());
  return column;
}

Parsed<ColumnDef> parse_column(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  TRY(const Name name, parser.name());
  TRY(ColumnDef column, parse_column_behind_name(parser, name));
  column.place = parser.place_from(begin);
  return column;
}

}  // namespace octavo::sql
