#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

struct TargetRow {
  AlterTarget target;
  std::string_view text;
};
constexpr std::array kTargets = std::to_array<TargetRow>({
    {AlterTarget::column, "COLUMN "},
    {AlterTarget::index, "INDEX "},
    {AlterTarget::primary_key, "PRIMARY KEY"},
    {AlterTarget::foreign_key, "FOREIGN KEY "},
    {AlterTarget::check, "CHECK "},
    {AlterTarget::constraint, "CONSTRAINT "},
});
static_assert(rows_in_place(kTargets, &TargetRow::target, AlterTarget::constraint));

void write_changed(Printer& printer, const AddColumn& column) {
  write(printer, column.column);
  printer.text_if(column.first, " FIRST");
  if (!column.after.empty()) printer.text(" AFTER ").name(column.after);
}

void write_action(Printer& printer, Ref<AddColumn> added) {
  printer.text("ADD COLUMN ");
  write_changed(printer, *added);
}

void write_action(Printer& printer, Ref<ChangeColumn> change) {
  if (change->column.empty()) {
    printer.text("MODIFY COLUMN ");
  } else {
    printer.text("CHANGE COLUMN ").name(change->column).text(" ");
  }
  write_changed(printer, change->changed);
}

void write_action(Printer& printer, const AddConstraint& added) {
  printer.text("ADD ");
  write(printer, added.element);
}

void write_action(Printer& printer, const DropPart& drop) {
  printer.text("DROP ").text(row_of(kTargets, drop.target).text);
  if (drop.target != AlterTarget::primary_key) printer.name(drop.name);
}

void write_action(Printer& printer, const RenamePart& rename) {
  printer.text("RENAME ").text(row_of(kTargets, rename.target).text).name(rename.from);
  printer.text(" TO ").name(rename.to);
}

void write_action(Printer& printer, const RenameTo& rename) {
  printer.text("RENAME TO ").path(rename.table);
}

void write_action(Printer& printer, const SetDefault& set) {
  printer.text("ALTER COLUMN ").name(set.column);
  if (!set.value) {
    printer.text(" DROP DEFAULT");
    return;
  }
  printer.text(" SET DEFAULT ");
  write_default(printer, *set.value, set.in_parentheses);
}

void write_action(Printer& printer, const SetVisible& set) {
  printer.text("ALTER ").text(row_of(kTargets, set.target).text).name(set.name);
  printer.text_if(set.target == AlterTarget::column, " SET");
  printer.text(set.visible ? " VISIBLE" : " INVISIBLE");
}

void write_action(Printer& printer, const SetEnforced& set) {
  printer.text("ALTER ").text(row_of(kTargets, set.target).text).name(set.name);
  printer.text(set.enforced ? " ENFORCED" : " NOT ENFORCED");
}

void write_action(Printer& printer, const ConvertCharset& convert) {
  printer.text("CONVERT TO CHARACTER SET ");
  if (convert.charset.empty()) {
    printer.text("DEFAULT");
  } else {
    printer.plain_name(convert.charset);
  }
  if (!convert.collation.empty()) printer.text(" COLLATE ").plain_name(convert.collation);
}

void write_action(Printer& printer, const OrderRows& order) {
  printer.text("ORDER BY ").list(order.by);
}

void write_action(Printer& printer, const AlterFlag& flag) { write(printer, flag); }

void write_action(Printer& printer, const TableOption& option) { write(printer, option); }

void write_action(Printer& printer, Ref<AlterPartitions> partitions) {
  write(printer, *partitions);
}

}  // namespace

void write(Printer& printer, const AlterFlag& flag) {
  printer.text(flag.words);
  if (!flag.value.empty()) printer.text("=").text(flag.value);
}

void write(Printer& printer, const AlterTable& alter) {
  printer.text("ALTER TABLE ").path(alter.table);
  bool first = true;
  for (const AlterAction& action : alter.actions) {
    printer.text(std::exchange(first, false) ? " " : ", ");
    std::visit([&printer](const auto& node) { write_action(printer, node); }, action);
  }
}

}  // namespace octavo::sql
