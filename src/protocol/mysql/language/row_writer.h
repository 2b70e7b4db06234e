#pragma once

// Rows of one statement on their way into a table: what is written, in which order, and what
// becomes of it. On a worker.

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/engine.h"
#include "protocol/mysql/language/running.h"

namespace octavo::mysql {

// What became of an entry; decided again, it begins anew.
struct Outcome {
  std::uint8_t affected = 0;
  bool found = false;       // a row was there that was meant
  bool in_the_way = false;  // of INSERT: a row of its key was there
  value::Value changed;     // by ON DUPLICATE KEY UPDATE: the row
};

struct WriteEntry {
  value::Value key;
  std::size_t row = 0;  // of the statement, from 0
  std::function<Result<exec::RowEdit>(const value::Value* current, Outcome& outcome)> decide;
  Outcome outcome = {};
  bool moves = false;  // the row goes, to where the next entry puts it
};

struct WriteReport {
  // Of the first row that failed, where all are written or none.
  std::optional<Error> error;
  std::size_t failed = 0;  // the entry
  std::optional<catalog::Violation> violation;
  Lsn lsn;
  Durability durability = Durability::memory;
  bool changed = false;
};

// All entries or none; with `ignore` each by itself: errors of rows are warnings then.
Result<WriteReport> write_entries(engine::Engine& engine, const catalog::TableDefinition& table,
                                  std::vector<WriteEntry>& entries, bool ignore, Running& running);

// The key under which a row is stored; null: it has none.
value::Value key_of(const catalog::TableDefinition& table, const value::Value& row);

}  // namespace octavo::mysql
