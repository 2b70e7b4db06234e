#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/project/projection.h"
#include "function/family.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/statement_results.h"
#include "protocol/mongodb/command/update_statement.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Status check_options(CommandCall& call) {
  const bool removes = call.flag("remove");
  const bool updates = call.find("update") != nullptr;
  if (removes && updates) {
    return error(ErrorCode::failed_to_parse, "Cannot specify both an update and remove=true");
  }
  if (!removes && !updates) {
    return error(ErrorCode::failed_to_parse, "Either an update or remove=true must be specified");
  }
  if (removes && call.flag("upsert")) {
    return error(ErrorCode::failed_to_parse, "Cannot specify both upsert=true and remove=true");
  }
  if (removes && call.flag("new")) {
    return error(ErrorCode::failed_to_parse,
                 "Cannot specify both new=true and remove=true; 'remove' always returns the "
                 "deleted document");
  }
  if (removes && call.find("arrayFilters") != nullptr) {
    return error(ErrorCode::failed_to_parse, "Cannot specify arrayFilters and remove=true");
  }
  TRY_STATUS(check_hint(call.find("hint")));
  TRY_STATUS(operation_collation(call, call.find("collation")));
  return {};
}

// What of the document is given back.
Result<Value> projected(CommandCall& call, const Value& filter, Value document) {
  const Value* const spec = call.find("fields");
  if (spec == nullptr || spec->as_object().empty()) return document;
  TRY(RequestScope scope, RequestScope::make(call));
  TRY(const auto matching, parse_query(call, filter, scope.variables()));
  TRY(const auto projection, parse_projection(*spec, matching, {.variables = scope.variables()}));
  return function::evaluate_lambda(projection, {&document, 1}, call.context().evaluation);
}

Result<Reply> failed(WriteError why) {
  // As it is: it may be one after which the command runs again.
  if (ends_command(why.error)) return std::unexpected(std::move(why).error);
  Error error = caused_by("Plan executor error during findAndModify", std::move(why.error));
  return Reply::failure(std::move(error), std::move(why.info));
}

constexpr std::string_view kLast = "lastErrorObject", kValue = "value";

Result<Reply> run_remove(CommandCall& call, const UpdateSpec& spec, StatementResults& results) {
  auto done = run_delete_statement(call, spec);
  if (!done) return failed(std::move(done).error());
  Value value;
  if (done->before) {
    TRY(value, projected(call, spec.filter, *std::move(done->before)));
  }
  const auto removed = static_cast<std::int32_t>(done->modified);
  Reply reply;
  reply.add(kLast, Value::object({{"n", Value::int32(removed)}})).add(kValue, std::move(value));
  results.keep(0, Value::object(reply.fields));
  return reply;
}

Result<Reply> run_change(CommandCall& call, const UpdateSpec& spec, StatementResults& results) {
  auto done = run_update_statement(call, spec);
  if (!done) return failed(std::move(done).error());
  const bool existing = done->edit.matched != 0;
  const bool wants_new = call.flag("new");
  std::vector<value::Field> last = {{"n", Value::int32(existing || done->upserted ? 1 : 0)},
                                    {"updatedExisting", Value::boolean(existing)}};
  if (done->upserted) last.push_back({"upserted", *done->upserted->find(kIdField)});
  std::optional<Value> document =
      wants_new ? std::move(done->edit.after) : std::move(done->edit.before);
  if (done->upserted && wants_new) document = std::move(done->upserted);
  Value value;
  if (document) {
    TRY(value, projected(call, spec.filter, *std::move(document)));
  }
  Reply reply;
  reply.add(kLast, Value::object(std::move(last))).add(kValue, std::move(value));
  results.keep(0, Value::object(reply.fields));
  return reply;
}

}  // namespace

Result<Reply> run_find_and_modify(CommandCall& call) {
  TRY_STATUS(check_options(call));
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  StatementResults results(call);
  if (const Value* const before = results.find(0)) {
    Reply reply;
    for (const value::Field& field : before->as_object()) reply.add(field.name, field.value);
    results.add_retried(reply);
    return reply;
  }
  UpdateSpec spec;
  spec.filter = call.document("query");
  spec.sort = call.find("sort");
  spec.hint = call.find("hint");
  spec.collation = call.find("collation");
  if (call.flag("remove")) return run_remove(call, spec, results);
  spec.update = *call.find("update");
  spec.array_filters = call.find("arrayFilters");
  spec.upsert = call.flag("upsert");
  return run_change(call, spec, results);
}

}  // namespace octavo::mongodb
