// What is recorded of a call.

#include <algorithm>
#include <span>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "io/address.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/profile.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::size_t kMostCommandBytes = 50 * kKiB;

// Commands whose entries are not those of a command in general.
struct OperationRow {
  std::string_view command;
  std::string_view operation;        // `op`
  std::string_view statements = {};  // the field whose elements are operations
  std::string_view left_out = {};    // a field that is not shown
};

constexpr OperationRow kOperationRows[] = {
    {.command = "find", .operation = "query"},
    {.command = "getMore", .operation = "getmore"},
    {.command = "insert", .operation = "insert", .left_out = "documents"},
    {.command = "update", .operation = "update", .statements = "updates"},
    {.command = "delete", .operation = "remove", .statements = "deletes"},
};
constexpr OperationRow kOther = {.command = "", .operation = "command"};

// Numbers of replies, as entries call them.
struct CountRow {
  std::string_view operation;
  std::string_view reply;
  std::string_view entry;
};

constexpr CountRow kCounts[] = {
    {"insert", "n", "ninserted"},
    {"update", "n", "nMatched"},
    {"update", "nModified", "nModified"},
    {"remove", "n", "ndeleted"},
};

const OperationRow& row_of(std::string_view command) {
  const auto* const found = std::ranges::find(kOperationRows, command, &OperationRow::command);
  return found == std::end(kOperationRows) ? kOther : *found;
}

const Value* find_field(std::span<const Field> fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &found->value;
}

// Empty: the call is not about a collection.
std::string_view collection_of(const CommandCall& call) {
  return call.collection().empty() ? call.text("collection") : call.collection();
}

Value shown_command(const CommandCall& call, const OperationRow& row) {
  std::vector<Field> fields;
  for (const Field& field : call.body().as_object()) {
    if (field.name != row.left_out) fields.push_back(field);
  }
  return document(std::move(fields));
}

Value not_too_large(Value command, std::string_view name, std::string_view ns) {
  if (bson_size(command) <= kMostCommandBytes) return command;
  return document({{"$truncated", text(fmt::format("{} of {}", name, ns))}});
}

void add_returned(const Reply& reply, std::vector<Field>& entry) {
  const Value* const cursor = find_field(reply.fields, "cursor");
  if (cursor == nullptr || !cursor->is_object()) return;
  const Value* rows = cursor->find("firstBatch");
  if (rows == nullptr) rows = cursor->find("nextBatch");
  const Value* const id = cursor->find("id");
  if (id != nullptr && id->is_number()) {
    const bool exhausted = id->as_int64() == 0;
    entry.push_back(exhausted ? Field{"cursorExhausted", Value::boolean(true)}
                              : Field{"cursorid", *id});
  }
  if (rows != nullptr) entry.push_back({"nreturned", int32(rows->as_array().size())});
}

void add_error(const Reply& reply, std::vector<Field>& entry) {
  if (!reply.error) return;
  entry.push_back({"errMsg", text(reply.error->what)});
  entry.push_back({"errName", text(code_name(reply.error->number))});
  entry.push_back({"errCode", int32(reply.error->number)});
}

// How many of the statements were run: an ordered command ends with the first that fails.
std::size_t run_statements(const CommandCall& call, const Reply& reply, std::size_t all) {
  const Value* const errors = find_field(reply.fields, "writeErrors");
  if (errors == nullptr || !call.flag("ordered", true)) return all;
  const Value* const index = errors->as_array().front().find("index");
  return std::min(all, static_cast<std::size_t>(index->as_int64()) + 1);
}

}  // namespace

void record_operation(CommandCall& call, const Reply& reply, const ProfileSettings& settings) {
  const std::string_view collection = collection_of(call);
  const std::int64_t taken_ns = call.monotonic_ns() - call.started_ns();
  if (collection.empty() || !settings.wants(taken_ns)) return;
  const OperationRow& row = row_of(call.name());
  const std::string ns = fmt::format("{}.{}", call.database(), collection);
  const protocol::ServiceContext& service = call.shared().service;

  const auto record = [&](Value command, bool with_counts) {
    std::vector<Field> entry = {
        {"op", text(row.operation)},
        {"ns", text(ns)},
        {"command", not_too_large(std::move(command), call.name(), ns)},
    };
    for (const CountRow& count : kCounts) {
      const Value* const number = find_field(reply.fields, count.reply);
      if (with_counts && count.operation == row.operation && number != nullptr) {
        entry.push_back({std::string(count.entry), *number});
      }
    }
    add_returned(reply, entry);
    add_error(reply, entry);
    entry.push_back({"millis", int32(taken_ns / kNanosPerMilli)});
    entry.push_back({"ts", date(service.clock.wall_ns())});
    entry.push_back({"client", text(io::format_address(call.client().connection.info().peer))});
    if (!call.client().application.empty()) {
      entry.push_back({"appName", text(call.client().application)});
    }
    entry.push_back({"user", text(call.user())});
    Bytes bytes;
    write_bson(std::span<const Field>(entry), bytes);
    call.shared().profiler.add(call.database(), std::move(bytes));
  };

  const auto statements = call.elements(row.statements);
  if (statements.empty()) return record(shown_command(call, row), true);
  const std::size_t run = run_statements(call, reply, statements.size());
  const Value* const comment = call.comment();
  for (const Value& statement : statements.first(run)) {
    value::ObjectBuilder shown(statement);
    if (comment != nullptr) shown.set("comment", *comment);
    record(std::move(shown).build(), statements.size() == 1);
  }
}

}  // namespace octavo::mongodb
