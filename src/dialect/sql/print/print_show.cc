#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write_filter(Printer& printer, const Show& show) {
  if (show.like) printer.text(" LIKE ").string(*show.like);
  printer.clause(" WHERE ", show.where).clause(" LIMIT ", show.limit);
}

void write_user(Printer& printer, const Show& show) {
  if (!show.user) return;
  printer.text(show.kind == ShowKind::grants ? " FOR " : " ");
  write(printer, *show.user);
  printer.clause(" USING ", show.roles);
}

// The name, and what belongs to it, by what the form has.
void write_subject(Printer& printer, const Show& show, std::uint16_t parts) {
  using namespace show_part;
  if ((parts & kTable) != 0) printer.text(" FROM ");
  if ((parts & (kName | kEngine)) != 0) printer.text(" ");
  printer.path(show.name);
  if ((parts & kEngine) != 0) printer.text(" ").text(show.text);
  if (!show.database.empty()) printer.text(" FROM ").name(show.database);
  if ((parts & kLogFile) != 0) {
    if (!show.text.empty()) printer.text(" IN ").string(show.text);
    if (!show.number.empty()) printer.text(" FROM ").text(show.number);
  }
  if ((parts & kProfile) != 0) {
    if (!show.text.empty()) printer.text(" ").text(show.text);
    if (!show.number.empty()) printer.text(" FOR QUERY ").text(show.number);
  }
}

}  // namespace

void write(Printer& printer, const Show& show) {
  const ShowRow& row = row_of(kShowForms, show.kind);
  printer.text("SHOW ").text_if(show.extended, "EXTENDED ").text_if(show.full, "FULL ");
  printer.text_if(show.scope == VariableScope::global, "GLOBAL ");
  printer.text_if(show.scope == VariableScope::session, "SESSION ");
  printer.text(row.words).text_if(show.if_not_exists, " IF NOT EXISTS");
  write_subject(printer, show, row.parts);
  write_user(printer, show);
  write_filter(printer, show);
}

void write(Printer& printer, const Describe& describe) {
  printer.text("DESCRIBE ").path(describe.table);
  if (!describe.column.empty()) printer.text(" ").name(describe.column);
  if (describe.like) printer.text(" ").string(*describe.like);
}

void write(Printer& printer, const Explain& explain) {
  printer.text("EXPLAIN ").text_if(explain.analyze, "ANALYZE ");
  if (!explain.format.empty()) printer.text("FORMAT=").string(explain.format).text(" ");
  if (explain.statement) {
    write(printer, *explain.statement);
  } else {
    printer.text("FOR CONNECTION ").text(explain.connection);
  }
}

}  // namespace octavo::sql
