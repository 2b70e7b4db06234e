#pragma once

// Changing and removing documents that match a filter: they are found first, by a query, and looked
// at again where they are written, for others may have changed them meanwhile.

#include <cstdint>
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

struct EditSpec {
  value::Value filter;             // as it was given
  algebra::ExprPtr matching;       // the same as a function of a document
  const Update* update = nullptr;  // null: they are removed
  bool multi = false;
  const value::Value* sort = nullptr;  // of one document: which is the first
  const value::Value* hint = nullptr;
  std::string collation = {};  // its name: what the filter compares by
};

struct EditDone {
  std::size_t matched = 0;
  std::size_t modified = 0;
  std::optional<value::Value> before;  // of one document
  std::optional<value::Value> after;
};

// An error, with what stands beside it in `writeErrors`. What was done before it stays done.
using EditResult = Expected<EditDone, WriteError>;

EditResult edit_documents(CommandCall& call, const RequestScope& scope,
                          const Collection& collection, const EditSpec& spec);

// The document that an upsert makes, written; `nothing` where a document of its key has come
// meanwhile, and the edit is to be tried again.
struct Upserted {
  value::Value document;
};
Expected<std::optional<Upserted>, WriteError> upsert_document(CommandCall& call,
                                                              const Collection& collection,
                                                              const EditSpec& spec);

// How often a document may change, or come to be, between its being found and its being written.
constexpr int kMostAttempts = 100;

}  // namespace octavo::mongodb
