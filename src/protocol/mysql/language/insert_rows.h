#pragma once

// INSERT and REPLACE, from rows that were bound to rows that are written.

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/row_writer.h"

namespace octavo::mysql {

struct InsertCounts {
  std::uint64_t records = 0;
  std::uint64_t affected = 0;
  std::uint64_t duplicates = 0;  // rows that met one that was there
  std::uint64_t first_generated = 0;
  std::uint64_t last_given = 0;  // value of the AUTO_INCREMENT column of the last row written

  // What clients are told. `ignores`: rows that met one that was there were left out.
  std::string info(bool ignores, std::size_t warnings) const {
    return fmt::format("Records: {}  Duplicates: {}  Warnings: {}", records,
                       ignores ? records - affected : duplicates, warnings);
  }
  std::uint64_t insert_id() const {
    if (affected == 0) return 0;
    return first_generated != 0 ? first_generated : last_given;
  }
};

// Numbers that a statement has taken and given to no row that is written: for when it begins anew.
struct TakenNumbers {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  // 0: none
};

// A row of fields that have a value each.
value::Value document_of(std::span<const std::string> names, std::span<const value::Value> values);

class Inserter {
 public:
  // What is referred to outlives it. `taken`: of this statement; null: it does not begin anew.
  Inserter(Execution& execution, const sql::BoundInsert& insert,
           const catalog::TableDefinition& table, TakenNumbers* taken = nullptr);

  // Rows that are made already, by `document_of`, in place of those of the statement.
  void give(std::vector<value::Value> documents) {
    documents_ = std::move(documents);
    is_given_ = true;
  }

  // On a worker, or where the context may not wait.
  Result<InsertCounts> run();

 private:
  Result<std::vector<value::Value>> documents();
  // AUTO_INCREMENT, and the hidden number of a row without a primary key.
  Status number(const catalog::ColumnDefinition& column);
  Result<std::uint64_t> take_numbers(const catalog::ColumnDefinition& column, std::uint64_t count);
  bool wants_number(const catalog::ColumnDefinition& column, const value::Value& document) const;
  Result<value::Value> with_key(value::Value document);
  Result<value::Value> with_default(value::Value document, const catalog::ColumnDefinition& column);
  WriteEntry entry_for(std::size_t row);
  static WriteEntry erasing_entry(std::size_t row, const value::Value& key);
  Result<exec::RowEdit> merged(const value::Value& current, const value::Value& document,
                               Outcome& outcome);
  // Another way for the row that failed: a row is in the way of a unique key. False: there is none.
  bool step_aside(const WriteReport& report);
  void note(Error error);

  Execution& execution_;
  const sql::BoundInsert& insert_;
  const catalog::TableDefinition& table_;
  TakenNumbers* taken_;  // null: nobody will ask for them
  bool is_given_ = false;
  std::vector<value::Value> documents_;  // as they were last given to be written
  std::vector<bool> generated_;          // those to which the server gave a number
  std::vector<WriteEntry> entries_;
  InsertCounts counts_;
};

}  // namespace octavo::mysql
