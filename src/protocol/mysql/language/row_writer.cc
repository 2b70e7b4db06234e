#include "protocol/mysql/language/row_writer.h"

#include <utility>

#include "dialect/sql/error/error.h"
#include "protocol/mysql/language/violations.h"

namespace octavo::mysql {
namespace {

using value::Value;

}  // namespace

Value key_of(const catalog::TableDefinition& table, const Value& row) {
  if (table.key_columns.size() < 2) {
    const Value* key = row.find(table.primary_key);
    return key == nullptr ? Value() : *key;
  }
  std::vector<Value> parts;
  parts.reserve(table.key_columns.size());
  for (const ColumnId id : table.key_columns) {
    const Value* part = row.find(table.find_column(id)->name);
    if (part == nullptr || part->is_null()) return {};
    parts.push_back(*part);
  }
  return Value::array(std::move(parts));
}

Result<WriteReport> write_entries(engine::Engine& engine, const catalog::TableDefinition& table,
                                  std::vector<WriteEntry>& entries, bool ignore, Running& running) {
  exec::RowWrites writes;
  writes.table = table.id;
  writes.whole = !ignore;
  writes.keys.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    writes.keys.push_back(entries[i].key);
    if (entries[i].moves) writes.moves.push_back(i);
  }
  writes.decide = [&entries](std::size_t i, const Value* current) {
    WriteEntry& entry = entries[i];
    entry.outcome = Outcome();
    if (entry.moves) entries[i + 1].outcome = Outcome();  // it may not be come to
    return entry.decide(current, entry.outcome);
  };
  WriteReport report;
  TRY(auto done, engine.write(writes, running.context()));
  report.lsn = done.lsn;
  report.durability = done.durability;
  report.changed = done.changed;
  for (std::size_t i = 0; i < done.rows.size(); ++i) {
    if (done.rows[i]) continue;
    const auto violation = done.violations.find(i);
    Error error =
        violation == done.violations.end()
            ? sql::with_number(std::move(done.rows[i]).error())
            : violation_error(table, violation->second, entries[i].row + 1, *engine.catalog());
    if (ignore) {
      running.context().evaluation.notes->add(function::NoteLevel::warning, error.number,
                                              std::move(error.what));
      entries[i].outcome.affected = 0;
      continue;
    }
    report.error = std::move(error);
    report.failed = i;
    if (violation != done.violations.end()) report.violation = violation->second;
    return report;
  }
  return report;
}

}  // namespace octavo::mysql
