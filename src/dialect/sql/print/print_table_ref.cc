#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write_alias(Printer& printer, Name alias) {
  if (!alias.empty()) printer.text(" ").name(alias);
}

std::string_view words_of(const IndexHint& hint) {
  switch (hint.kind) {
    case IndexHint::Kind::use: return " use index";
    case IndexHint::Kind::ignore: return " ignore index";
    case IndexHint::Kind::force: return " force index";
  }
  return {};
}

std::string_view purpose_of(const IndexHint& hint) {
  switch (hint.purpose) {
    case IndexHint::Purpose::any: return "";
    case IndexHint::Purpose::join: return " for join";
    case IndexHint::Purpose::order_by: return " for order by";
    case IndexHint::Purpose::group_by: return " for group by";
  }
  return {};
}

void write(Printer& printer, const BaseTable& table) {
  printer.table_path(table.table);
  if (!table.partitions.empty()) {
    printer.text(" partition").names_in_parentheses(table.partitions);
  }
  write_alias(printer, table.alias);
  for (const IndexHint& hint : table.hints) {
    printer.text(words_of(hint)).text(purpose_of(hint));
    printer.text(" (").names(hint.indexes).text(")");
  }
}

void write(Printer& printer, const DerivedTable& table) {
  printer.text_if(table.lateral, "lateral ").text("(").derived(*table.query).text(")");
  write_alias(printer, table.alias);
  printer.names_in_parentheses(table.columns);
}

void write_fallback(Printer& printer, const JsonFallback& fallback, std::string_view event) {
  switch (fallback.kind) {
    case JsonFallback::Kind::unsaid: return;
    case JsonFallback::Kind::null: printer.text(" null"); break;
    case JsonFallback::Kind::error: printer.text(" error"); break;
    case JsonFallback::Kind::value: printer.clause(" default ", fallback.value); break;
  }
  printer.text(" on ").text(event);
}

void write_columns(Printer& printer, const List<JsonColumn>& columns);

void write(Printer& printer, const JsonColumn& column) {
  switch (column.kind) {
    case JsonColumn::Kind::ordinality: printer.name(column.name).text(" for ordinality"); return;
    case JsonColumn::Kind::nested:
      printer.text("nested path ").string(column.path);
      write_columns(printer, column.nested);
      return;
    case JsonColumn::Kind::path:
    case JsonColumn::Kind::exists: break;
  }
  printer.name(column.name).clause(" ", column.type);
  printer.text(column.kind == JsonColumn::Kind::exists ? " exists path " : " path ");
  printer.string(column.path);
  write_fallback(printer, column.on_empty, "empty");
  write_fallback(printer, column.on_error, "error");
}

void write_columns(Printer& printer, const List<JsonColumn>& columns) {
  printer.text(" columns (");
  bool first = true;
  for (const JsonColumn& column : columns) {
    if (!std::exchange(first, false)) printer.text(",");
    write(printer, column);
  }
  printer.text(")");
}

void write(Printer& printer, const JsonTable& table) {
  printer.text("json_table(");
  octavo::sql::write(printer, table.document);
  printer.text(",").string(table.path);
  write_columns(printer, table.columns);
  printer.text(")");
  write_alias(printer, table.alias);
}

std::string_view words_of(JoinKind kind) {
  switch (kind) {
    case JoinKind::inner: return "join ";
    case JoinKind::straight: return "straight_join ";
    case JoinKind::left: return "left join ";
    case JoinKind::right: return "right join ";
  }
  return {};
}

void write(Printer& printer, const Join& join) {
  printer.text("(");
  octavo::sql::write(printer, join.left);
  printer.text(join.natural ? " natural " : " ").text(words_of(join.kind));
  octavo::sql::write(printer, join.right);
  printer.clause(" on ", join.on);
  if (!join.using_columns.empty()) {
    printer.text(" using").names_in_parentheses(join.using_columns);
  }
  printer.text(")");
}

void write_node(Printer& printer, const TableList& tables) { printer.parenthesised(tables.tables); }
template <class T>
void write_node(Printer& printer, const Ref<T>& node) {
  write(printer, *node);
}

}  // namespace

void write(Printer& printer, const TableRef& table) {
  std::visit([&printer](const auto& node) { write_node(printer, node); }, table.node);
}

}  // namespace octavo::sql
