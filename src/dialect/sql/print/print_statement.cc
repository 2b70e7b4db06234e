#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

struct CareRow {
  TableCare care;
  std::string_view text;
};
constexpr std::array kCares = std::to_array<CareRow>({
    {TableCare::analyze, "ANALYZE"},
    {TableCare::check, "CHECK"},
    {TableCare::checksum, "CHECKSUM"},
    {TableCare::optimize, "OPTIMIZE"},
    {TableCare::repair, "REPAIR"},
});
static_assert(rows_in_place(kCares, &CareRow::care, TableCare::repair));

void write_histogram(Printer& printer, const Histogram& histogram) {
  printer.text(histogram.drop ? " DROP HISTOGRAM ON " : " UPDATE HISTOGRAM ON ");
  printer.names(histogram.columns);
  if (histogram.data) printer.text(" USING DATA ").string(*histogram.data);
  if (!histogram.buckets.empty()) printer.text(" WITH ").text(histogram.buckets).text(" BUCKETS");
}

}  // namespace

void write(Printer& printer, const CareForTables& care) {
  printer.text(row_of(kCares, care.care).text);
  printer.text_if(care.local, " NO_WRITE_TO_BINLOG").text(" TABLE ").list(care.tables);
  for (const Name option : care.options) printer.text(" ").text(option);
  if (care.histogram) write_histogram(printer, *care.histogram);
}

void write(Printer& printer, const Flush& flush) {
  printer.text("FLUSH ").text_if(flush.local, "NO_WRITE_TO_BINLOG ");
  bool first = true;
  for (const Name what : flush.what) {
    printer.text(std::exchange(first, false) ? "" : ",").text(what);
  }
  printer.clause(" ", flush.tables).text_if(flush.read_lock, " WITH READ LOCK");
  printer.text_if(flush.for_export, " FOR EXPORT");
}

void write(Printer& printer, const Kill& kill) {
  printer.text(kill.query ? "KILL QUERY " : "KILL ");
  write(printer, kill.id);
}

void write(Printer& printer, const Subscribe& subscribe) {
  printer.text("SUBSCRIBE ");
  if (!subscribe.after.empty()) printer.text("AFTER ").string(subscribe.after).text(" ");
  printer.clause("", subscribe.query);
}

void write(Printer& printer, const Unsupported& unsupported) { printer.text(unsupported.text); }

void write(Printer& printer, const Nothing& /*nothing*/) { printer.text("-- nothing"); }

void write(Printer& printer, const Statement& statement) {
  std::visit([&printer](const auto& node) { write(printer, node); }, statement.node);
}

}  // namespace octavo::sql
