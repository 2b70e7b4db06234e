// update and delete.

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/several_writes.h"
#include "protocol/mongodb/command/statement_results.h"
#include "protocol/mongodb/command/update_statement.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

constexpr FieldRow kUpdateFields[] = {
    {"q", field::kObject, required}, {"u", field::kObject | field::kArray, required},
    {"c", field::kObject},           {"arrayFilters", field::kArray},
    {"multi", field::kFlag},         {"upsert", field::kFlag},
    {"collation", field::kObject},   {"hint", field::kAny},
    {"sort", field::kObject},
};
constexpr FieldRow kDeleteFields[] = {
    {"q", field::kObject, required},
    {"limit", field::kNumber, required},
    {"collation", field::kObject},
    {"hint", field::kAny},
};

bool flag_of(const Value& statement, std::string_view name) {
  const Value* const given = statement.find(name);
  return given != nullptr && !given->is_null() && to_flag(*given);
}
const Value* field_of(const Value& statement, std::string_view name) {
  const Value* const given = statement.find(name);
  return given == nullptr || given->is_null() ? nullptr : given;
}

// Statements one after the other, until one fails where they are ordered.
class Statements {
 public:
  explicit Statements(CommandCall& call) : ordered_(call.flag("ordered", true)), results_(call) {}

  // `run(i, statement)` does one; `give(done)` is its result, {n, …}; `take` adds results up.
  template <class Run, class Give, class Take>
  Status each(value::ArrayView statements, Run run, Give give, Take take) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (const Value* const before = results_.find(i)) {
        take(i, *before);
        continue;
      }
      Expected<EditDone, WriteError> done = run(i, statements[i]);
      if (done) {
        const bool in_log = done->result.has_value();
        Value result = in_log ? *std::move(done->result) : give(*done);
        take(i, result);
        results_.keep(i, std::move(result), in_log);
        continue;
      }
      if (ends_command(done.error().error)) return std::unexpected(std::move(done).error().error);
      errors_.push_back(write_error_document(i, done.error()));
      if (ordered_) return {};
    }
    return {};
  }

  void finish(Reply& reply) {
    reply.failed_in_part = !errors_.empty();
    if (!errors_.empty()) {
      reply.failed_in_part = true;
      reply.add("writeErrors", Value::array(std::move(errors_)));
    }
    results_.add_retried(reply);
  }

 private:
  const bool ordered_;
  StatementResults results_;
  std::vector<Value> errors_;
};

Value count(std::size_t number) { return Value::int32(static_cast<std::int32_t>(number)); }

std::size_t counted(const Value& result, std::string_view name) {
  const Value* const number = result.find(name);
  return number == nullptr ? 0 : static_cast<std::size_t>(number->as_int64());
}

Status check_statements(CommandCall& call, std::string_view path, value::ArrayView statements,
                        std::span<const FieldRow> rows) {
  TRY_STATUS(check_batch_size(statements.size()));
  if (statements.size() > 1) TRY_STATUS(begin_several_writes(call));
  for (const Value& statement : statements) {
    if (!statement.is_object()) return wrong_type(path, statement, field::kObject);
    TRY_STATUS(check_fields(path, statement.as_object(), rows));
    TRY_STATUS(check_hint(field_of(statement, "hint")));
    const Value* const collation = field_of(statement, "collation");
    if (collation != nullptr && !collation->as_object().empty()) {
      TRY_STATUS(check_collation("collation", *collation));
    }
  }
  return refuse_view(*call.engine().catalog(), call.database(), call.collection());
}

Value result_of_update(const EditDone& done) {
  std::vector<value::Field> fields = {{"n", count(done.matched + (done.upserted ? 1 : 0))},
                                      {"nModified", count(done.modified)}};
  if (done.upserted) fields.push_back({"upserted", *done.upserted->find(kIdField)});
  return Value::object(std::move(fields));
}

Value result_of_delete(const EditDone& done) {
  return Value::object({{"n", count(done.modified)}});
}

// Which of many documents a retry would find is not known.
Status check_retryable(const CommandCall& call, bool multi, std::string_view how) {
  if (!multi || !call.is_retryable_write()) return {};
  return error(ErrorCode::invalid_options, "Cannot use (or request) retryable writes with {}", how);
}

Expected<EditDone, WriteError> update_one(CommandCall& call, std::size_t i,
                                          const Value& statement) {
  UpdateSpec spec;
  spec.statement = i;
  spec.result = result_of_update;
  spec.filter = *statement.find("q");
  spec.update = *statement.find("u");
  spec.array_filters = field_of(statement, "arrayFilters");
  spec.constants = field_of(statement, "c");
  spec.hint = field_of(statement, "hint");
  spec.sort = field_of(statement, "sort");
  spec.collation = field_of(statement, "collation");
  spec.multi = flag_of(statement, "multi");
  spec.upsert = flag_of(statement, "upsert");
  Status allowed = check_retryable(call, spec.multi, "multi=true");
  if (!allowed) return std::unexpected(WriteError{std::move(allowed).error(), {}});
  return run_update_statement(call, spec);
}

Expected<EditDone, WriteError> delete_one(CommandCall& call, std::size_t i,
                                          const Value& statement) {
  UpdateSpec spec;
  spec.statement = i;
  spec.result = result_of_delete;
  spec.filter = *statement.find("q");
  spec.hint = field_of(statement, "hint");
  spec.collation = field_of(statement, "collation");
  spec.multi = to_integer(*statement.find("limit")) == 0;
  Status allowed = check_retryable(call, spec.multi, "limit=0");
  if (!allowed) return std::unexpected(WriteError{std::move(allowed).error(), {}});
  return run_delete_statement(call, spec);
}

Status check_update(const Value& statement) {
  if (field_of(statement, "c") != nullptr && !statement.find("u")->is_array()) {
    return error(51198, "Constant values may only be specified for pipeline updates");
  }
  if (field_of(statement, "sort") != nullptr && flag_of(statement, "multi")) {
    return error(ErrorCode::failed_to_parse, "Cannot specify sort with multi=true");
  }
  return {};
}

}  // namespace

Result<Reply> run_update(CommandCall& call) {
  const auto statements = call.elements("updates");
  TRY_STATUS(check_statements(call, "update.updates", statements, kUpdateFields));
  for (const Value& statement : statements) TRY_STATUS(check_update(statement));
  Statements all(call);
  std::size_t matched = 0;
  std::size_t modified = 0;
  std::vector<Value> upserted;
  TRY_STATUS(all.each(
      statements,
      [&](std::size_t i, const Value& statement) { return update_one(call, i, statement); },
      result_of_update,
      [&](std::size_t i, const Value& result) {
        matched += counted(result, "n");
        modified += counted(result, "nModified");
        const Value* const id = result.find("upserted");
        if (id != nullptr) {
          upserted.push_back(Value::object({{"index", count(i)}, {std::string(kIdField), *id}}));
        }
      }));
  Reply reply;
  reply.add("n", count(matched));
  if (!upserted.empty()) reply.add("upserted", Value::array(std::move(upserted)));
  reply.add("nModified", count(modified));
  all.finish(reply);
  return reply;
}

Result<Reply> run_delete(CommandCall& call) {
  const auto statements = call.elements("deletes");
  TRY_STATUS(check_statements(call, "delete.deletes", statements, kDeleteFields));
  for (const Value& statement : statements) {
    const std::int64_t limit = to_integer(*statement.find("limit"));
    if (limit == 0 || limit == 1) continue;
    return error(ErrorCode::failed_to_parse,
                 "The limit field in delete objects must be 0 or 1. Got {}", limit);
  }
  Statements all(call);
  std::size_t removed = 0;
  TRY_STATUS(all.each(
      statements,
      [&](std::size_t i, const Value& statement) { return delete_one(call, i, statement); },
      result_of_delete,
      [&](std::size_t /*i*/, const Value& result) { removed += counted(result, "n"); }));
  Reply reply;
  reply.add("n", count(removed));
  all.finish(reply);
  return reply;
}

}  // namespace octavo::mongodb
