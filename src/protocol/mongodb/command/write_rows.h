#pragma once

// Documents on their way into a collection: what each of them came to, and errors of rows in
// MongoDB's words.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/retry_token.h"
#include "catalog/violation.h"
#include "exec/write.h"
#include "protocol/mongodb/command/collection.h"
#include "value/value.h"

namespace octavo::mongodb {

// Why a document, or a statement, was not written, as an element of `writeErrors` says it.
struct WriteError {
  Error error;
  std::vector<value::Field> info;  // keyPattern, keyValue, errInfo
};

// {index, code, errmsg, …}.
value::Value write_error_document(std::size_t index, const WriteError& failed);

// An error that ends the command, and not only the statement that met it: it goes to the client as
// an error of the whole.
bool ends_command(const Error& error);

// Decides a row: its document now (null: there is none).
using DecideDocument =
    std::function<Result<exec::RowEdit>(std::size_t i, const value::Value* current)>;

struct DocumentsWritten {
  // Of the rows that failed: the first, where `whole`; each otherwise.
  std::vector<std::pair<std::size_t, WriteError>> errors;
};

// What may be new of a write: of how many documents, and how large they are.
struct NewDocuments {
  std::int64_t count = 0;
  std::int64_t bytes = 0;  // of BSON
};

// Where it may be that one.
NewDocuments new_one(const value::Value& document);

// What the record keeps of a retryable write (retry_record.h); asked once the rows are decided, and
// again when they are decided again. Of a call that is none it is not asked.
using TokenOfWrite = std::function<Result<RetryToken>()>;

// Rows by their keys; `whole`: all or none. What was written is told to the call. An error is one
// of the command.
//
// In a capped collection the oldest documents make room for those that are new.
//
// Within a transaction a row that others changed since its view is a write conflict (112).
Result<DocumentsWritten> write_documents(CommandCall& call, const Collection& collection,
                                         std::vector<value::Value> keys,
                                         const DecideDocument& decide, bool whole,
                                         const NewDocuments& fresh = {},
                                         const TokenOfWrite& token = {});

// 11000: a key that is there already. `key`: {a: 1}.
WriteError duplicate_key(std::string_view ns, std::string_view index, const value::Value& pattern,
                         const value::Value& key);
// The same of an entry of an index (dialect/mongodb/index/entries.h). `document`: that it is an
// entry of, if it is at hand.
WriteError duplicate_entry(std::string_view ns, const catalog::TableDefinition& table,
                           const catalog::IndexDefinition& index, const value::Value& entry,
                           const value::Value* document = nullptr);
// The same of the primary key.
WriteError duplicate_id(CommandCall& call, const Collection& collection, const value::Value& id);

}  // namespace octavo::mongodb
