#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write_options(Printer& printer, const List<TableOption>& options) {
  for (const TableOption& option : options) {
    printer.text(" ");
    write(printer, option);
  }
}

void write_flags(Printer& printer, const List<AlterFlag>& flags) {
  for (const AlterFlag& flag : flags) {
    printer.text(" ");
    write(printer, flag);
  }
}

std::string_view kind_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::plain:
    case KeyKind::primary: return "";
    case KeyKind::unique: return "UNIQUE ";
    case KeyKind::fulltext: return "FULLTEXT ";
    case KeyKind::spatial: return "SPATIAL ";
  }
  return {};
}

void write_behavior(Printer& printer, DropBehavior behavior) {
  printer.text_if(behavior == DropBehavior::restrict, " RESTRICT");
  printer.text_if(behavior == DropBehavior::cascade, " CASCADE");
}

}  // namespace

void write(Printer& printer, const CreateTable& create) {
  using Duplicates = CreateTable::Duplicates;
  printer.text(create.temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ");
  printer.text_if(create.if_not_exists, "IF NOT EXISTS ").path(create.table);
  if (!create.like.empty()) {
    printer.text(" LIKE ").path(create.like);
    return;
  }
  if (!create.elements.empty()) printer.text(" ").parenthesised(create.elements);
  write_options(printer, create.options);
  printer.clause(" ", create.partitioning);
  printer.text_if(create.duplicates == Duplicates::ignore, " IGNORE");
  printer.text_if(create.duplicates == Duplicates::replace, " REPLACE");
  printer.clause(" AS ", create.query);
}

void write(Printer& printer, const CreateIndex& create) {
  printer.text("CREATE ").text(kind_of(create.key.kind)).text("INDEX ").name(create.key.name);
  printer.text(" ON ").path(create.table).text(" ").parenthesised(create.key.parts);
  write(printer, create.key.options);
  write_flags(printer, create.flags);
}

void write(Printer& printer, const DropIndex& drop) {
  printer.text("DROP INDEX ").name(drop.name).text(" ON ").path(drop.table);
  write_flags(printer, drop.flags);
}

void write(Printer& printer, const CreateView& view) {
  using Check = CreateView::CheckOption;
  printer.text(view.alter ? "ALTER " : "CREATE ").text_if(view.or_replace, "OR REPLACE ");
  if (!view.algorithm.empty()) printer.text("ALGORITHM=").text(view.algorithm).text(" ");
  if (view.definer) {
    printer.text("DEFINER=");
    write(printer, *view.definer);
    printer.text(" ");
  }
  if (!view.security.empty()) printer.text("SQL SECURITY ").text(view.security).text(" ");
  printer.text("VIEW ").path(view.view).names_in_parentheses(view.columns);
  printer.clause(" AS ", view.query);
  printer.text_if(view.check == Check::local, " WITH LOCAL CHECK OPTION");
  printer.text_if(view.check == Check::cascaded, " WITH CASCADED CHECK OPTION");
}

void write(Printer& printer, const CreateDatabase& create) {
  printer.text(create.alter ? "ALTER DATABASE" : "CREATE DATABASE");
  printer.text_if(create.if_not_exists, " IF NOT EXISTS");
  if (!create.database.empty()) printer.text(" ").name(create.database);
  write_options(printer, create.options);
}

void write(Printer& printer, const DropDatabase& drop) {
  printer.text("DROP DATABASE ").text_if(drop.if_exists, "IF EXISTS ").name(drop.database);
}

void write(Printer& printer, const DropProgram& drop) {
  const auto word = [&]() -> std::string_view {
    switch (drop.kind) {
      case DropProgram::Kind::event: return "EVENT ";
      case DropProgram::Kind::function: return "FUNCTION ";
      case DropProgram::Kind::procedure: return "PROCEDURE ";
      case DropProgram::Kind::trigger: return "TRIGGER ";
    }
    return "";
  };
  printer.text("DROP ").text(word()).text_if(drop.if_exists, "IF EXISTS ").path(drop.program);
}

void write(Printer& printer, const DropTables& drop) {
  printer.text("DROP ").text_if(drop.temporary, "TEMPORARY ").text(drop.views ? "VIEW " : "TABLE ");
  printer.text_if(drop.if_exists, "IF EXISTS ").list(drop.tables);
  write_behavior(printer, drop.behavior);
}

void write(Printer& printer, const TruncateTable& truncate) {
  printer.text("TRUNCATE TABLE ").path(truncate.table);
}

void write(Printer& printer, const RenameTables& rename) {
  printer.text("RENAME TABLE ");
  bool first = true;
  for (const TableRename& next : rename.renames) {
    printer.text(std::exchange(first, false) ? "" : ",").path(next.from);
    printer.text(" TO ").path(next.to);
  }
}

}  // namespace octavo::sql
