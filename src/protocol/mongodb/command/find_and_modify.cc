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

// {lastErrorObject, value} of a document that was removed.
Result<Value> result_of_remove(CommandCall& call, const UpdateSpec& spec, const EditDone& done) {
  Value value;
  if (done.before) {
    TRY(value, projected(call, spec.filter, *done.before));
  }
  const auto removed = static_cast<std::int32_t>(done.modified);
  return Value::object({{std::string(kLast), Value::object({{"n", Value::int32(removed)}})},
                        {std::string(kValue), std::move(value)}});
}

// The same of one that was changed or made.
Result<Value> result_of_change(CommandCall& call, const UpdateSpec& spec, const EditDone& done) {
  const bool existing = done.matched != 0;
  const bool wants_new = call.flag("new");
  std::vector<value::Field> last = {{"n", Value::int32(existing || done.upserted ? 1 : 0)},
                                    {"updatedExisting", Value::boolean(existing)}};
  if (done.upserted) last.push_back({"upserted", *done.upserted->find(kIdField)});
  const std::optional<Value>& edited = wants_new ? done.after : done.before;
  const std::optional<Value>& document = done.upserted && wants_new ? done.upserted : edited;
  Value value;
  if (document) {
    TRY(value, projected(call, spec.filter, *document));
  }
  return Value::object({{std::string(kLast), Value::object(std::move(last))},
                        {std::string(kValue), std::move(value)}});
}

Reply reply_of(const Value& result) {
  Reply reply;
  for (const value::Field& field : result.as_object()) reply.add(field.name, field.value);
  return reply;
}

Result<Reply> run(CommandCall& call, UpdateSpec spec, bool removes, StatementResults& results) {
  spec.result = [&](const EditDone& done) {
    return removes ? result_of_remove(call, spec, done) : result_of_change(call, spec, done);
  };
  auto done = removes ? run_delete_statement(call, spec) : run_update_statement(call, spec);
  if (!done) return failed(std::move(done).error());
  const bool in_log = done->result.has_value();
  if (!in_log) {
    TRY(done->result, spec.result(*done));
  }
  Reply reply = reply_of(*done->result);
  results.keep(0, *std::move(done->result), in_log);
  return reply;
}

}  // namespace

Result<Reply> run_find_and_modify(CommandCall& call) {
  TRY_STATUS(check_options(call));
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  StatementResults results(call);
  if (const Value* const before = results.find(0)) {
    Reply reply = reply_of(*before);
    results.add_retried(reply);
    return reply;
  }
  UpdateSpec spec;
  spec.filter = call.document("query");
  spec.sort = call.find("sort");
  spec.hint = call.find("hint");
  spec.collation = call.find("collation");
  if (call.flag("remove")) return run(call, std::move(spec), true, results);
  spec.update = *call.find("update");
  spec.array_filters = call.find("arrayFilters");
  spec.upsert = call.flag("upsert");
  return run(call, std::move(spec), false, results);
}

}  // namespace octavo::mongodb
