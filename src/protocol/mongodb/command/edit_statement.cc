#include "protocol/mongodb/command/edit_statement.h"

#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value result_of_update(const EditDone& done) {
  std::vector<value::Field> fields = {{"n", int32(done.matched + (done.upserted ? 1 : 0))},
                                      {"nModified", int32(done.modified)}};
  if (done.upserted) fields.push_back({"upserted", *done.upserted->find(kIdField)});
  return document(std::move(fields));
}

Value result_of_delete(const EditDone& done) { return document({{"n", int32(done.modified)}}); }

// Which of many documents a retry would find is not known.
Status check_retryable(const CommandCall& call, bool multi, std::string_view how) {
  if (!multi || !call.is_retryable_write()) return {};
  return error(ErrorCode::invalid_options, "Cannot use (or request) retryable writes with {}", how);
}

// What differs between the two.
struct Kind {
  Value (*give)(const EditDone& done);
  Expected<EditDone, WriteError> (*run)(CommandCall& call, const UpdateSpec& spec);
  std::string_view multi;
};
constexpr Kind kUpdate = {result_of_update, run_update_statement, "multi=true"};
constexpr Kind kDelete = {result_of_delete, run_delete_statement, "limit=0"};

StatementGave once(CommandCall& call, UpdateSpec& spec, StatementResults& results,
                   const Kind& kind) {
  if (const Value* const before = results.find(spec.statement)) return *before;
  Status allowed = check_retryable(call, spec.multi, kind.multi);
  if (!allowed) return std::unexpected(WriteError{std::move(allowed).error(), {}});
  spec.result = kind.give;
  Expected<EditDone, WriteError> done = kind.run(call, spec);
  if (!done) return std::unexpected(std::move(done).error());
  const bool in_log = done->result.has_value();
  Value gave = in_log ? *std::move(done->result) : kind.give(*done);
  results.keep(spec.statement, gave, in_log);
  return gave;
}

}  // namespace

UpdateSpec update_spec(std::size_t i, const Value& statement, const StatementFields& names) {
  UpdateSpec spec = delete_spec(i, statement, names, given_flag(statement, "multi"));
  spec.update = *statement.find(names.update);
  spec.array_filters = given_field(statement, "arrayFilters");
  spec.constants = given_field(statement, names.constants);
  spec.sort = given_field(statement, "sort");
  spec.upsert = given_flag(statement, "upsert");
  return spec;
}

UpdateSpec delete_spec(std::size_t i, const Value& statement, const StatementFields& names,
                       bool multi) {
  UpdateSpec spec;
  spec.statement = i;
  spec.filter = *statement.find(names.filter);
  spec.hint = given_field(statement, "hint");
  spec.collation = given_field(statement, "collation");
  spec.multi = multi;
  return spec;
}

StatementGave update_once(CommandCall& call, UpdateSpec spec, StatementResults& results) {
  return once(call, spec, results, kUpdate);
}

StatementGave delete_once(CommandCall& call, UpdateSpec spec, StatementResults& results) {
  return once(call, spec, results, kDelete);
}

std::size_t counted(const Value& gave, std::string_view name) {
  const Value* const number = gave.find(name);
  return number == nullptr ? 0 : static_cast<std::size_t>(number->as_int64());
}

Status check_update_options(const Value& update, const Value* constants, const Value* sort,
                            bool multi) {
  if (constants != nullptr && !update.is_array()) {
    return error(51198, "Constant values may only be specified for pipeline updates");
  }
  if (sort != nullptr && multi) {
    return error(ErrorCode::failed_to_parse, "Cannot specify sort with multi=true");
  }
  return {};
}

}  // namespace octavo::mongodb
