#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

std::string_view words_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::plain: return "KEY";
    case KeyKind::primary: return "PRIMARY KEY";
    case KeyKind::unique: return "UNIQUE KEY";
    case KeyKind::fulltext: return "FULLTEXT KEY";
    case KeyKind::spatial: return "SPATIAL KEY";
  }
  return {};
}

struct ActionRow {
  ReferenceAction action;
  std::string_view text;
};
constexpr std::array kActions = std::to_array<ActionRow>({
    {ReferenceAction::unsaid, ""},
    {ReferenceAction::restrict, "RESTRICT"},
    {ReferenceAction::cascade, "CASCADE"},
    {ReferenceAction::set_null, "SET NULL"},
    {ReferenceAction::no_action, "NO ACTION"},
    {ReferenceAction::set_default, "SET DEFAULT"},
});
static_assert(rows_in_place(kActions, &ActionRow::action, ReferenceAction::set_default));

struct MatchRow {
  ReferenceMatch match;
  std::string_view text;
};
constexpr std::array kMatches = std::to_array<MatchRow>({
    {ReferenceMatch::unsaid, ""},
    {ReferenceMatch::full, " MATCH FULL"},
    {ReferenceMatch::partial, " MATCH PARTIAL"},
    {ReferenceMatch::simple, " MATCH SIMPLE"},
});
static_assert(rows_in_place(kMatches, &MatchRow::match, ReferenceMatch::simple));

void write_constraint_name(Printer& printer, Name name) {
  if (!name.empty()) printer.text("CONSTRAINT ").name(name).text(" ");
}

void write(Printer& printer, const References& references) {
  printer.text(" REFERENCES ").path(references.table);
  if (!references.columns.empty()) printer.text(" ").parenthesised(references.columns);
  printer.text(row_of(kMatches, references.match).text);
  const std::string_view on_delete = row_of(kActions, references.on_delete).text;
  const std::string_view on_update = row_of(kActions, references.on_update).text;
  if (!on_delete.empty()) printer.text(" ON DELETE ").text(on_delete);
  if (!on_update.empty()) printer.text(" ON UPDATE ").text(on_update);
}

void write(Printer& printer, const KeyDef& key) {
  write_constraint_name(printer, key.constraint);
  printer.text(words_of(key.kind));
  if (!key.name.empty()) printer.text(" ").name(key.name);
  printer.text(" ").parenthesised(key.parts);
  octavo::sql::write(printer, key.options);
}

void write(Printer& printer, const ForeignKey& key) {
  write_constraint_name(printer, key.constraint);
  printer.text("FOREIGN KEY ");
  if (!key.index.empty()) printer.name(key.index).text(" ");
  printer.parenthesised(key.columns);
  write(printer, key.references);
}

void write(Printer& printer, const CheckDef& check) {
  write_constraint_name(printer, check.constraint);
  printer.text("CHECK (");
  octavo::sql::write(printer, check.condition);
  printer.text(")").text_if(!check.enforced, " NOT ENFORCED");
}

void write_key_of(Printer& printer, ColumnKey key) {
  printer.text_if(key == ColumnKey::primary, " PRIMARY KEY");
  printer.text_if(key == ColumnKey::unique, " UNIQUE KEY");
}

void write_element(Printer& printer, const ColumnDef& column) {
  octavo::sql::write(printer, column);
}
template <class Element>
void write_element(Printer& printer, const Element& element) {
  write(printer, element);
}

}  // namespace

void write(Printer& printer, const KeyPart& part) {
  if (part.expr) {
    printer.clause("(", part.expr).text(")");
  } else {
    printer.name(part.column);
    if (part.prefix != 0) printer.text("(").number(part.prefix).text(")");
  }
  printer.text_if(part.descending, " DESC");
}

void write(Printer& printer, const KeyOptions& options) {
  if (!options.using_type.empty()) printer.text(" USING ").text(options.using_type);
  if (!options.block_size.empty()) printer.text(" KEY_BLOCK_SIZE=").text(options.block_size);
  if (options.comment) printer.text(" COMMENT ").string(*options.comment);
  if (!options.parser.empty()) printer.text(" WITH PARSER ").name(options.parser);
  if (options.visible) printer.text(*options.visible ? " VISIBLE" : " INVISIBLE");
}

void write(Printer& printer, const ColumnDef& column) {
  printer.name(column.name).text(" ");
  write(printer, column.type);
  if (column.generated) {
    printer.text(" GENERATED ALWAYS AS (");
    write(printer, column.generated->value);
    printer.text(column.generated->stored ? ") STORED" : ") VIRTUAL");
  }
  if (column.nullable) printer.text(*column.nullable ? " NULL" : " NOT NULL");
  if (!column.srid.empty()) printer.text(" SRID ").text(column.srid);
  if (column.default_value) {
    printer.text(" DEFAULT ");
    if (column.default_in_parentheses || !write_now(printer, *column.default_value)) {
      write_default(printer, *column.default_value, column.default_in_parentheses);
    }
  }
  if (column.on_update) {
    printer.text(" ON UPDATE ");
    write_now(printer, *column.on_update);
  }
  if (column.visible) printer.text(*column.visible ? " VISIBLE" : " INVISIBLE");
  printer.text_if(column.auto_increment, " AUTO_INCREMENT");
  write_key_of(printer, column.key);
  if (column.comment) printer.text(" COMMENT ").string(*column.comment);
  if (!column.format.empty()) printer.text(" COLUMN_FORMAT ").text(column.format);
  if (!column.storage.empty()) printer.text(" STORAGE ").text(column.storage);
  if (column.references) write(printer, *column.references);
  for (const CheckDef& check : column.checks) {
    printer.text(" ");
    write(printer, check);
  }
}

void write(Printer& printer, const TableElement& element) {
  std::visit([&printer](const auto& node) { write_element(printer, *node); }, element);
}

void write(Printer& printer, const TableOption& option) {
  printer.text(option.name).text("=");
  switch (option.kind) {
    case TableOption::Kind::name: printer.plain_name(option.value); return;
    case TableOption::Kind::word: printer.text(option.value); return;
    case TableOption::Kind::text: printer.string(option.value); return;
    case TableOption::Kind::tables: printer.parenthesised(option.tables); return;
  }
}

}  // namespace octavo::sql
