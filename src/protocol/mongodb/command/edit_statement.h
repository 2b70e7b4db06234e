#pragma once

// Statements of `update`, `delete` and bulkWrite: each done once, also where a client sends it
// again as a retryable write, and what it gives.

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "protocol/mongodb/command/statement_results.h"
#include "protocol/mongodb/command/update_statement.h"
#include "value/value.h"

namespace octavo::mongodb {

// What the fields of a statement are called, which differs between commands.
struct StatementFields {
  std::string_view filter;
  std::string_view update = {};
  std::string_view constants = {};
};
// The `i`th statement of a command, whose fields have been checked.
UpdateSpec update_spec(std::size_t i, const value::Value& statement, const StatementFields& names);
UpdateSpec delete_spec(std::size_t i, const value::Value& statement, const StatementFields& names,
                       bool multi);

// What a statement gave, {n, nModified, upserted: _id} of an update and {n} of a delete: now, or
// when it was done before. `spec.statement` is its number, and its `result` nothing. 72 for one
// that may change several documents and is to be retried.
using StatementGave = Expected<value::Value, WriteError>;
StatementGave update_once(CommandCall& call, UpdateSpec spec, StatementResults& results);
StatementGave delete_once(CommandCall& call, UpdateSpec spec, StatementResults& results);
// A number of it, 0 where it has none of the name.
std::size_t counted(const value::Value& gave, std::string_view name);

// What does not go together: 51198 for constants (null: none) of an update that is no pipeline, 9
// for an order of several documents.
Status check_update_options(const value::Value& update, const value::Value* constants,
                            const value::Value* sort, bool multi);

}  // namespace octavo::mongodb
