#pragma once

// Writes to rows, whatever the table's layout: read each row at its key, decide, commit what
// changed.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/durability.h"
#include "base/id.h"
#include "base/lsn.h"
#include "base/result.h"
#include "base/retry_token.h"
#include "catalog/model.h"
#include "catalog/violation.h"
#include "exec/context.h"
#include "value/value.h"

namespace octavo::exec {

// Rows and entries of indexes that are written at once.
constexpr std::size_t kSoftTransactionChanges = 1024;

using TableDefinitionPtr = std::shared_ptr<const catalog::TableDefinition>;

struct RowEdit {
  enum class Action : std::uint8_t { keep, put, erase };
  Action action = Action::keep;
  value::Value row;  // for put
  // Of a row that is there: it is given anew, not changed in parts. Who is told of changes may
  // care.
  bool whole = false;
};

struct RowWrites {
  TableId table{};
  std::vector<value::Value> keys;  // may repeat; a later edit sees the earlier ones
  // The edit of row keys[i], given the row or null. Called again when another transaction came in
  // between. An error leaves the row as it is and becomes that row's status.
  std::function<Result<RowEdit>(std::size_t i, const value::Value* current)> decide;
  // The edit of row keys[i] when what is stored there cannot be read, for writes that do not look
  // at it. Empty: the row's status says so.
  std::function<Result<RowEdit>(std::size_t i)> decide_unread = {};
  // Told a row as it will be, where its layout keeps it in another form than `decide` gave: before
  // the commit, and again when the row is decided again. May be empty.
  std::function<void(std::size_t i, const value::Value& row)> stored = {};
  // Told the table's definition before rows are decided, and again before they are decided on
  // another one: what came in between may have been a change of the table. May be empty.
  std::function<Status(const TableDefinitionPtr& table)> decide_for = {};
  // Numbers of keys, ascending, whose row moves: it is erased there, and put at the key behind as
  // what it becomes. Both are one change, also to those that refer to the row: they are in one
  // transaction, and where one fails the other is not done. Its status says nothing then, and where
  // it was not decided yet it is not.
  std::vector<std::size_t> moves = {};
  // The name of a condition that these rows need not fulfil. Empty: all of the table's hold.
  std::string waived_condition = {};
  // All rows or none, in one transaction: the first error of a row leaves every row as it is, and
  // is the last that `rows` has.
  bool whole = false;
  // What the record keeps of it, so that the write is known when it comes again: asked once the
  // rows are decided, and again when they are decided again; not where nothing changes, nor in a
  // transaction over statements. An error: nothing is written. Only where all is one record: of one
  // key, or `whole`. May be empty.
  std::function<Result<RetryToken>()> done_before = {};
};

struct RowWritesDone {
  std::vector<Status> rows;                              // one for each key
  std::map<std::size_t, catalog::Violation> violations;  // beside the errors of these rows
  Lsn lsn;  // of the last record that holds some of it; zero in a transaction over statements
  bool changed = false;
  // What the tables that it wrote to ask of an acknowledgement, the strictest of it; `memory` in a
  // transaction over statements, which says it of all of them.
  Durability durability = Durability::memory;
};

}  // namespace octavo::exec
