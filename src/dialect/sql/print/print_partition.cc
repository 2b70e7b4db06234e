#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

using Bound = PartitionDef::Bound;
using Method = PartitionRule::Method;

std::string_view word_of(Method method) {
  switch (method) {
    case Method::hash: return "HASH";
    case Method::key: return "KEY";
    case Method::range: return "RANGE";
    case Method::list: return "LIST";
  }
  return {};
}

void write_rule(Printer& printer, const PartitionRule& rule) {
  printer.text_if(rule.linear, "LINEAR ").text(word_of(rule.method));
  if (!rule.algorithm.empty()) printer.text(" ALGORITHM=").text(rule.algorithm);
  if (rule.expr) {
    printer.clause(" (", rule.expr).text(")");
  } else {
    printer.text_if(rule.method != Method::key, " COLUMNS");
    printer.text(" (").names(rule.columns).text(")");
  }
}

void write_bound(Printer& printer, const PartitionDef& partition) {
  switch (partition.bound) {
    case Bound::none: return;
    case Bound::max_value: printer.text(" VALUES LESS THAN MAXVALUE"); return;
    case Bound::less_than: printer.text(" VALUES LESS THAN "); break;
    case Bound::in: printer.text(" VALUES IN "); break;
  }
  printer.parenthesised(partition.values);
}

void write_definitions(Printer& printer, const List<PartitionDef>& partitions,
                       std::string_view word) {
  if (partitions.empty()) return;
  bool first = true;
  for (const PartitionDef& partition : partitions) {
    printer.text(std::exchange(first, false) ? " (" : ",").text(word).name(partition.name);
    write_bound(printer, partition);
    for (const TableOption& option : partition.options) {
      printer.text(" ");
      write(printer, option);
    }
    write_definitions(printer, partition.subpartitions, "SUBPARTITION ");
  }
  printer.text(")");
}

}  // namespace

void write(Printer& printer, const Partitioning& partitioning) {
  printer.text("PARTITION BY ");
  write_rule(printer, partitioning.rule);
  if (!partitioning.count.empty()) printer.text(" PARTITIONS ").text(partitioning.count);
  if (partitioning.subrule) {
    printer.text(" SUBPARTITION BY ");
    write_rule(printer, *partitioning.subrule);
  }
  if (!partitioning.subcount.empty()) printer.text(" SUBPARTITIONS ").text(partitioning.subcount);
  write_definitions(printer, partitioning.partitions, "PARTITION ");
}

void write(Printer& printer, const AlterPartitions& alter) {
  if (alter.by) {
    write(printer, *alter.by);
    return;
  }
  const bool tablespace = alter.words.starts_with("DISCARD") || alter.words.starts_with("IMPORT");
  const bool names = !alter.names.empty();
  printer.text(alter.words).text_if(alter.all, " ALL").text_if(names, " ").names(alter.names);
  printer.text_if(tablespace, " TABLESPACE");
  if (!alter.count.empty()) {
    printer.text_if(alter.words.starts_with("ADD"), " PARTITIONS").text(" ").text(alter.count);
  }
  printer.text_if(names && !alter.partitions.empty(), " INTO");
  write_definitions(printer, alter.partitions, "PARTITION ");
  if (!alter.table.empty()) printer.text(" WITH TABLE ").path(alter.table);
  if (alter.validation) printer.text(*alter.validation ? " WITH" : " WITHOUT").text(" VALIDATION");
}

}  // namespace octavo::sql
