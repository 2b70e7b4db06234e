#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write_hints(Printer& printer, std::string_view hints) {
  if (!hints.empty()) printer.text("/*+").text(hints).text("*/ ");
}

void write_options(Printer& printer, std::uint8_t options) {
  for (const write_option::Row& row : write_option::kRows) {
    if ((options & row.bit) != 0) printer.text(row.text).text(" ");
  }
}

void write_partitions(Printer& printer, const List<Name>& partitions) {
  if (!partitions.empty()) printer.text(" PARTITION").names_in_parentheses(partitions);
}

void write_rows(Printer& printer, const List<RowOf>& rows) {
  printer.text(" VALUES ");
  bool first = true;
  for (const RowOf& row : rows) {
    printer.text(std::exchange(first, false) ? "" : ",").parenthesised(row.items);
  }
}

void write_tail(Printer& printer, Ref<Expr> where, const List<OrderItem>& order_by,
                Ref<Limit> limit) {
  printer.clause(" WHERE ", where).clause(" ORDER BY ", order_by).clause(" LIMIT ", limit);
}

}  // namespace

void write(Printer& printer, const Assignment& assignment) {
  printer.path(assignment.column).text("=");
  write(printer, assignment.value);
}

void write(Printer& printer, const Insert& insert) {
  printer.text(insert.replace ? "REPLACE " : "INSERT ");
  write_hints(printer, insert.hints);
  write_options(printer, insert.options);
  printer.text("INTO ").path(insert.table);
  write_partitions(printer, insert.partitions);
  if (insert.has_columns) printer.text(" ").parenthesised(insert.columns);
  if (insert.query) {
    printer.clause(" ", insert.query);
  } else {
    write_rows(printer, insert.rows);
  }
  if (!insert.row_alias.empty()) {
    printer.text(" AS ").name(insert.row_alias).names_in_parentheses(insert.column_aliases);
  }
  printer.clause(" ON DUPLICATE KEY UPDATE ", insert.on_duplicate);
}

void write(Printer& printer, const Update& update) {
  printer.clause("", update.with).text("UPDATE ");
  write_hints(printer, update.hints);
  write_options(printer, update.options);
  printer.list(update.tables).clause(" SET ", update.set);
  write_tail(printer, update.where, update.order_by, update.limit);
}

void write(Printer& printer, const Delete& statement) {
  printer.clause("", statement.with).text("DELETE ");
  write_hints(printer, statement.hints);
  write_options(printer, statement.options);
  if (!statement.targets.empty()) printer.list(statement.targets).text(" ");
  printer.text("FROM ").list(statement.from);
  write_tail(printer, statement.where, statement.order_by, statement.limit);
}

void write(Printer& printer, const LoadData& load) {
  printer.text("LOAD DATA ");
  write_options(printer, load.options);
  printer.text_if(load.local, "LOCAL ").text("INFILE ").string(load.file);
  printer.text_if(load.duplicates == LoadData::Duplicates::replace, " REPLACE");
  printer.text_if(load.duplicates == LoadData::Duplicates::ignore, " IGNORE");
  printer.text(" INTO TABLE ").path(load.table);
  write_partitions(printer, load.partitions);
  if (!load.charset.empty()) printer.text(" CHARACTER SET ").plain_name(load.charset);
  write(printer, load.format);
  if (!load.skip_lines.empty()) printer.text(" IGNORE ").text(load.skip_lines).text(" LINES");
  if (!load.fields.empty()) printer.text(" ").parenthesised(load.fields);
  printer.clause(" SET ", load.set);
}

}  // namespace octavo::sql
