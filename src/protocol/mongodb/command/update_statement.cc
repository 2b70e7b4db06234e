#include "protocol/mongodb/command/update_statement.h"

#include <span>
#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/request_scope.h"

namespace octavo::mongodb {
namespace {

using value::Value;

std::unexpected<WriteError> failed(Error error) {
  return std::unexpected(WriteError{with_number(std::move(error)), {}});
}

// What a statement says, made ready: once, whatever it meets.
struct Ready {
  RequestScope scope;
  std::optional<RequestScope> constants;  // of the update alone
  std::optional<Update> update;
  EditSpec edit;
};

Result<std::unique_ptr<Ready>> make_ready(CommandCall& call, const UpdateSpec& spec, bool removes) {
  TRY(const std::string collation, operation_collation(call, spec.collation));
  TRY(RequestScope scope, RequestScope::make(call, call.find("let"), collation));
  auto ready = std::make_unique<Ready>(Ready{std::move(scope), std::nullopt, std::nullopt, {}});
  const Variables& variables = ready->scope.variables();
  ready->edit = {.filter = spec.filter,
                 .multi = spec.multi,
                 .sort = spec.sort,
                 .hint = spec.hint,
                 .collation = collation,
                 .statement = spec.statement,
                 .result = spec.result};
  TRY(ready->edit.matching, parse_query(call, spec.filter, variables));
  if (removes) return ready;
  const auto filters =
      spec.array_filters == nullptr ? value::ArrayView() : spec.array_filters->as_array();
  if (spec.constants != nullptr) {
    TRY(ready->constants, RequestScope::make(call, spec.constants, collation));
  }
  const RequestScope& seen = ready->constants ? *ready->constants : ready->scope;
  TRY(ready->update,
      Update::parse(spec.update, filters, {.variables = seen.variables(), .multi = spec.multi}));
  ready->edit.update = &*ready->update;
  return ready;
}

}  // namespace

Expected<EditDone, WriteError> run_update_statement(CommandCall& call, const UpdateSpec& spec) {
  auto ready = make_ready(call, spec, false);
  if (!ready) return failed(std::move(ready).error());
  const EditSpec& edit = (*ready)->edit;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::optional<Collection> collection =
        find_collection(*call.engine().catalog(), call.database(), call.collection());
    EditDone done;
    if (collection) {
      auto edited = edit_documents(call, (*ready)->scope, *collection, edit);
      if (!edited) return std::unexpected(std::move(edited).error());
      done = *std::move(edited);
    }
    if (done.matched != 0 || !spec.upsert) return done;
    if (!collection) {
      auto made = ensure_collection(call, call.database(), call.collection());
      if (!made) return failed(std::move(made).error());
      collection = *std::move(made);
    }
    auto upserted = upsert_document(call, *collection, edit);
    if (!upserted) {
      // Another one's key is in the way that was not there before: it may match now.
      const bool raced = is(upserted.error().error, ErrorCode::duplicate_key) && attempt == 0;
      if (raced) continue;
      return std::unexpected(std::move(upserted).error());
    }
    if (!*upserted) continue;
    return **std::move(upserted);
  }
  return failed(error(ErrorCode::write_conflict,
                      "The document to be made kept coming and going; gave up after {} attempts",
                      kMostAttempts)
                    .error());
}

Expected<EditDone, WriteError> run_delete_statement(CommandCall& call, const UpdateSpec& spec) {
  auto ready = make_ready(call, spec, true);
  if (!ready) return failed(std::move(ready).error());
  const auto collection =
      find_collection(*call.engine().catalog(), call.database(), call.collection());
  if (!collection) return EditDone();
  return edit_documents(call, (*ready)->scope, *collection, (*ready)->edit);
}

}  // namespace octavo::mongodb
