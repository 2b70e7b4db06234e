#pragma once

// A statement of `update`, of findAndModify and of bulkWrite, read and carried out.

#include <cstddef>

#include "base/result.h"
#include "protocol/mongodb/command/edit_documents.h"
#include "value/value.h"

namespace octavo::mongodb {

struct UpdateSpec {
  value::Value filter;
  value::Value update;  // a document, or an array of stages
  const value::Value* array_filters = nullptr;
  const value::Value* constants = nullptr;  // of a pipeline
  const value::Value* sort = nullptr;
  const value::Value* hint = nullptr;
  const value::Value* collation = nullptr;  // null: the collection's
  bool multi = false;
  bool upsert = false;
  // Of a retryable write, as EditSpec has them.
  std::size_t statement = 0;
  StatementResult result = {};
};

// With the collection where it exists; it is made by an upsert alone.
Expected<EditDone, WriteError> run_update_statement(CommandCall& call, const UpdateSpec& spec);

// Documents removed: all that match, or the first one.
Expected<EditDone, WriteError> run_delete_statement(CommandCall& call, const UpdateSpec& spec);

}  // namespace octavo::mongodb
