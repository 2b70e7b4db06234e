#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write(Printer& printer, const FrameBound& bound) {
  using Kind = FrameBound::Kind;
  switch (bound.kind) {
    case Kind::unbounded_preceding: printer.text("unbounded preceding"); return;
    case Kind::preceding: printer.clause("", bound.offset).text(" preceding"); return;
    case Kind::current_row: printer.text("current row"); return;
    case Kind::following: printer.clause("", bound.offset).text(" following"); return;
    case Kind::unbounded_following: printer.text("unbounded following"); return;
  }
}

struct UnitRow {
  Frame::Unit unit;
  std::string_view text;
};
constexpr std::array kUnitTexts = std::to_array<UnitRow>({
    {Frame::Unit::rows, "rows"},
    {Frame::Unit::range, "range"},
    {Frame::Unit::groups, "groups"},
});
static_assert(rows_in_place(kUnitTexts, &UnitRow::unit, Frame::Unit::groups));

struct ExcludeRow {
  Frame::Exclude exclude;
  std::string_view text;
};
constexpr std::array kExcludes = std::to_array<ExcludeRow>({
    {Frame::Exclude::nothing, ""},
    {Frame::Exclude::current_row, " exclude current row"},
    {Frame::Exclude::group, " exclude group"},
    {Frame::Exclude::ties, " exclude ties"},
});
static_assert(rows_in_place(kExcludes, &ExcludeRow::exclude, Frame::Exclude::ties));

void write_frame(Printer& printer, const Frame& frame) {
  printer.text(row_of(kUnitTexts, frame.unit).text).text(" between ");
  write(printer, frame.start);
  printer.text(" and ");
  write(printer, frame.end);
  printer.text(row_of(kExcludes, frame.exclude).text);
}

}  // namespace

void write(Printer& printer, const Window& window) {
  std::string_view space;
  printer.text("(");
  if (!window.base.empty()) {
    printer.name(window.base);
    space = " ";
  }
  if (!window.partition_by.empty()) {
    printer.text(space).clause("partition by ", window.partition_by);
    space = " ";
  }
  if (!window.order_by.empty()) {
    printer.text(space).clause("order by ", window.order_by);
    space = " ";
  }
  if (window.frame) {
    printer.text(space);
    write_frame(printer, *window.frame);
  }
  printer.text(")");
}

void write(Printer& printer, const Over& over) {
  if (over.name.empty()) {
    write(printer, over.window);
  } else {
    printer.name(over.name);
  }
}

}  // namespace octavo::sql
