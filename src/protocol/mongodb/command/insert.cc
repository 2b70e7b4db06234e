#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/insert_documents.h"
#include "protocol/mongodb/command/new_document.h"

namespace octavo::mongodb {

using value::Value;

Result<Reply> run_insert(CommandCall& call) {
  const auto documents = call.elements("documents");
  TRY_STATUS(check_batch_size(documents.size()));
  for (const Value& document : documents) {
    if (!document.is_object()) return wrong_type("insert.documents", document, field::kObject);
  }
  TRY(const Collection collection, ensure_collection(call, call.database(), call.collection()));
  StatementResults results(call);
  const InsertSpec spec{.documents = documents, .ordered = call.flag("ordered", true)};
  TRY(const InsertDone done, insert_documents(call, collection, spec, results));
  Reply reply;
  reply.add("n", Value::int32(static_cast<std::int32_t>(done.inserted)));
  reply.failed_in_part = !done.errors.empty();
  if (reply.failed_in_part) {
    std::vector<Value> errors;
    for (const auto& [statement, why] : done.errors) {
      errors.push_back(write_error_document(statement, why));
    }
    reply.add("writeErrors", Value::array(std::move(errors)));
  }
  results.add_retried(reply);
  return reply;
}

}  // namespace octavo::mongodb
