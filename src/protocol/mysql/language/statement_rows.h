#pragma once

// What runs a statement, by its node, and what holds for it whatever it says.

#include <cstdint>
#include <string_view>

#include "dialect/sql/ast/statement.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

namespace statement_flag {
enum Bit : std::uint8_t {
  kReads = 1 << 0,       // tables: with autocommit off a transaction begins
  kWrites = 1 << 1,      // not in a transaction that only reads (1792)
  kCommits = 1 << 2,     // ends the transaction that is open
  kKeepsNotes = 1 << 3,  // those of the statement before are what it is about
  kUnprepared = 1 << 4,  // 1295
  kIsAlone = 1 << 5,     // a transaction of its own at SERIALIZABLE, where none is open
  kEdits = 1 << 6,       // rows by what it reads: the same at REPEATABLE READ, if of other tables
};
}  // namespace statement_flag

struct StatementRow {
  std::size_t node = 0;  // its number in sql::Statement
  io::Task<Result<Answer>> (*run)(Execution& execution, const sql::Statement& statement) = nullptr;
  std::uint8_t flags = 0;  // statement_flag
  // The columns of its result, without running it; null: it has none, or nobody can say.
  io::Task<Result<std::vector<Column>>> (*columns)(Execution& execution,
                                                   const sql::Statement& statement) = nullptr;

  bool has(statement_flag::Bit bit) const { return (flags & bit) != 0; }
};

const StatementRow& statement_row(const sql::Statement& statement);

}  // namespace octavo::mysql
