#include "dialect/sql/print/printer.h"

namespace octavo::sql {

void write(Printer& printer, const DataType& type) {
  printer.text(row_of(kTypes, type.kind).text);
  if (!type.members.empty()) {
    printer.text("(");
    bool first = true;
    for (const std::string_view member : type.members) {
      if (!std::exchange(first, false)) printer.text(",");
      printer.string(member);
    }
    printer.text(")");
  }
  if (type.length) {
    printer.text("(").number(*type.length);
    if (type.scale) printer.text(",").number(*type.scale);
    printer.text(")");
  }
  printer.text_if(type.is_unsigned, " unsigned").text_if(type.zerofill, " zerofill");
  if (!type.charset.empty()) printer.text(" CHARACTER SET ").plain_name(type.charset);
  printer.text_if(type.binary, " binary");
  if (!type.collation.empty()) printer.text(" COLLATE ").plain_name(type.collation);
}

}  // namespace octavo::sql
