#pragma once

// Documents as commands for the target. All of them may be sent twice.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/names.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

// The document {_id: …} of a document. Errors: it has none, or is no BSON.
Result<Bytes> id_of(BytesView document);

// Elements of an array, as bytes.
class BsonList {
 public:
  void add(BytesView document);
  void clear();
  std::size_t size() const { return ends_.size(); }
  std::size_t bytes() const { return elements_.size(); }
  BytesView operator[](std::size_t index) const;
  // A large command, or many documents.
  bool is_full() const;
  // {<name>: <collection>, <list>: [elements], …options}
  Bytes command(std::string_view name, std::string_view collection, std::string_view list,
                const value::Value& options) const;

 private:
  Bytes elements_;
  std::vector<std::size_t> begins_;  // of the documents
  std::vector<std::size_t> ends_;
};

// Of one that was not written.
struct WriteFailure {
  std::size_t index = 0;  // in the list
  Error error;
};

// Adds the documents; those whose keys are there are left as they are. The first other failure is
// the error, and names the document.
Status insert_documents(Commands& target, const CollectionName& name, const BsonList& documents);

// Statements of `update`, as they are. Validators are passed over, for the source has its own.
Result<std::vector<WriteFailure>> update_documents(Commands& target, const CollectionName& name,
                                                   const BsonList& statements);
Result<std::vector<WriteFailure>> delete_documents(Commands& target, const CollectionName& name,
                                                   const BsonList& statements);

// "shop.orders: the document {"_id": 7}: …".
Error about_document(const CollectionName& name, const value::Value& key, const Error& error);

}  // namespace octavo::mongodb::transfer
