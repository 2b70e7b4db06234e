#pragma once

// Changing and removing documents that match a filter: they are found first, by a query, and looked
// at again where they are written, for others may have changed them meanwhile.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/update/update.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/write_rows.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

struct EditDone {
  std::size_t matched = 0;
  std::size_t modified = 0;
  std::optional<value::Value> before;  // of one document
  std::optional<value::Value> after;
  std::optional<value::Value> upserted;  // the document that was made
  std::optional<value::Value> result;    // what `EditSpec::result` gave, which the log has
};
// What a statement gives to its client, and to a retry.
using StatementResult = std::function<Result<value::Value>(const EditDone& done)>;

struct EditSpec {
  value::Value filter;             // as it was given
  algebra::ExprPtr matching;       // the same as a function of a document
  const Update* update = nullptr;  // null: they are removed
  bool multi = false;
  const value::Value* sort = nullptr;  // of one document: which is the first
  const value::Value* hint = nullptr;
  std::string collation = {};  // its name: what the filter compares by
  // Of a statement of a retryable write, which changes one document at most: its number and what it
  // gives. An error leaves the document as it is.
  std::size_t statement = 0;
  StatementResult result = {};
};

// An error, with what stands beside it in `writeErrors`. What was done before it stays done.
using EditResult = Expected<EditDone, WriteError>;

EditResult edit_documents(CommandCall& call, const RequestScope& scope,
                          const Collection& collection, const EditSpec& spec);

// With the document that an upsert makes, written; `nothing` where a document of its key has come
// meanwhile, and the edit is to be tried again.
Expected<std::optional<EditDone>, WriteError> upsert_document(CommandCall& call,
                                                              const Collection& collection,
                                                              const EditSpec& spec);

// How often a document may change, or come to be, between its being found and its being written.
constexpr int kMostAttempts = 100;

}  // namespace octavo::mongodb
