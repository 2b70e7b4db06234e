#pragma once

// New documents of one collection: those of `insert`, and of bulkWrite those that stand one behind
// the other.

#include <cstddef>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/mongodb/command/statement_results.h"
#include "protocol/mongodb/command/write_rows.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

struct InsertSpec {
  value::ArrayView documents;  // objects
  std::size_t first = 0;       // the first one's number as a statement; the others follow
  bool ordered = true;         // nothing is written behind the first that fails
};

struct InsertDone {
  std::size_t inserted = 0;  // before, where it is a retry, or now
  // By the statement's number, ascending.
  std::vector<std::pair<std::size_t, WriteError>> errors;
};

// Into the collection that the call is about. An error is one of the command.
Result<InsertDone> insert_documents(CommandCall& call, const Collection& collection,
                                    const InsertSpec& spec, StatementResults& results);

}  // namespace octavo::mongodb
