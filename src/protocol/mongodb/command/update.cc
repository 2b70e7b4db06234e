// update and delete.

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/edit_statement.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/several_writes.h"

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

// Statements one after the other, until one fails where they are ordered.
class Statements {
 public:
  explicit Statements(CommandCall& call) : ordered_(call.flag("ordered", true)), results_(call) {}

  // `run(i, statement, results)` does one, or knows what it gave before; `take` adds results up.
  template <class Run, class Take>
  Status each(value::ArrayView statements, Run run, Take take) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
      StatementGave gave = run(i, statements[i], results_);
      if (gave) {
        take(i, *gave);
        continue;
      }
      if (ends_command(gave.error().error)) return std::unexpected(std::move(gave).error().error);
      errors_.push_back(write_error_document(i, gave.error()));
      if (ordered_) return {};
    }
    return {};
  }

  void finish(Reply& reply) {
    reply.failed_in_part = !errors_.empty();
    if (!errors_.empty()) reply.add("writeErrors", Value::array(std::move(errors_)));
    results_.add_retried(reply);
  }

 private:
  const bool ordered_;
  StatementResults results_;
  std::vector<Value> errors_;
};

Status check_statements(CommandCall& call, std::string_view path, value::ArrayView statements,
                        std::span<const FieldRow> rows) {
  TRY_STATUS(check_batch_size(statements.size()));
  if (statements.size() > 1) TRY_STATUS(begin_several_writes(call));
  for (const Value& statement : statements) {
    if (!statement.is_object()) return wrong_type(path, statement, field::kObject);
    TRY_STATUS(check_fields(path, statement.as_object(), rows));
    TRY_STATUS(check_hint(given_field(statement, "hint")));
    const Value* const collation = given_field(statement, "collation");
    if (collation != nullptr && !collation->as_object().empty()) {
      TRY_STATUS(check_collation("collation", *collation));
    }
  }
  return refuse_view(*call.engine().catalog(), call.database(), call.collection());
}

constexpr StatementFields kFields{.filter = "q", .update = "u", .constants = "c"};

Status check_update(const Value& statement) {
  return check_update_options(*statement.find("u"), given_field(statement, "c"),
                              given_field(statement, "sort"), given_flag(statement, "multi"));
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
      [&](std::size_t i, const Value& statement, StatementResults& results) {
        return update_once(call, update_spec(i, statement, kFields), results);
      },
      [&](std::size_t i, const Value& result) {
        matched += counted(result, "n");
        modified += counted(result, "nModified");
        const Value* const id = result.find("upserted");
        if (id != nullptr) {
          upserted.push_back(Value::object({{"index", int32(i)}, {std::string(kIdField), *id}}));
        }
      }));
  Reply reply;
  reply.add("n", int32(matched));
  if (!upserted.empty()) reply.add("upserted", Value::array(std::move(upserted)));
  reply.add("nModified", int32(modified));
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
      [&](std::size_t i, const Value& statement, StatementResults& results) {
        const bool multi = to_integer(*statement.find("limit")) == 0;
        return delete_once(call, delete_spec(i, statement, kFields, multi), results);
      },
      [&](std::size_t /*i*/, const Value& result) { removed += counted(result, "n"); }));
  Reply reply;
  reply.add("n", int32(removed));
  all.finish(reply);
  return reply;
}

}  // namespace octavo::mongodb
