// applyOps: entries of an oplog, one after the other, each by itself.

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/namespace.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/oplog_diff.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/update_statement.h"

namespace octavo::mongodb {
namespace {

using catalog::Permission;
using value::Field;
using value::Value;

struct OplogEntry {
  char op = 'n';  // insert, update, delete, none
  std::string database;
  std::string collection;
  Value change;    // o
  Value selector;  // o2, of an update
};

// --- Reading ---

Result<const Value*> needed_id(const Value& of, std::string_view field) {
  const Value* const id = of.is_object() ? of.find(kIdField) : nullptr;
  if (id != nullptr) return id;
  return error(ErrorCode::no_such_key, "Field '{}' of an operation has no _id", field);
}

Status read_namespace(const Value& given, OplogEntry& entry) {
  const Value* const name = given.find("ns");
  const std::size_t point =
      name != nullptr && name->is_string() ? name->as_string().find('.') : std::string_view::npos;
  if (point == std::string_view::npos) {
    return error(ErrorCode::illegal_operation,
                 "ns in an operation must be the name of a collection");
  }
  entry.database = name->as_string().substr(0, point);
  entry.collection = name->as_string().substr(point + 1);
  TRY_STATUS(check_database_name(entry.database));
  return check_collection_name(entry.database, entry.collection);
}

Result<char> read_op(const Value& given) {
  const Value* const op = given.find("op");
  if (op == nullptr) return error(ErrorCode::no_such_key, "Missing expected field \"op\"");
  if (!op->is_string()) return wrong_type("applyOps.op", *op, field::kString);
  const std::string_view name = op->as_string();
  if (name.empty()) return error(ErrorCode::illegal_operation, "op in an operation is empty");
  if (name == "c") {
    return error(ErrorCode::command_not_supported,
                 "Commands (op 'c') are not supported by applyOps");
  }
  const bool known = name.size() == 1 && std::string_view("iudn").contains(name.front());
  if (!known) return error(ErrorCode::bad_value, "'{}' is no type of an operation", name);
  return name.front();
}

Result<OplogEntry> read_entry(const Value& given) {
  if (!given.is_object()) return wrong_type("applyOps.applyOps", given, field::kObject);
  OplogEntry entry;
  TRY(entry.op, read_op(given));
  if (entry.op == 'n') return entry;
  TRY_STATUS(read_namespace(given, entry));
  const Value* const change = given.find("o");
  if (change == nullptr) {
    return error(40414, "BSON field 'OplogEntryBase.o' is missing but a required field");
  }
  if (!change->is_object()) return wrong_type("applyOps.o", *change, field::kObject);
  entry.change = *change;
  if (entry.op == 'u') {
    const Value* const selector = given.find("o2");
    TRY_STATUS(needed_id(selector == nullptr ? Value() : *selector, "o2"));
    entry.selector = *selector;
  } else {
    TRY_STATUS(needed_id(entry.change, "o"));
  }
  return entry;
}

Status check_options(const CommandCall& call) {
  if (call.find("prepare") != nullptr) {
    return error(ErrorCode::bad_value, "applyOps with 'prepare' is for the server itself");
  }
  if (call.find("partialTxn") != nullptr) {
    return error(31056, "applyOps with 'partialTxn' is for the server itself");
  }
  if (call.find("preCondition") != nullptr) {
    return error(6711600, "The 'preCondition' field is not supported");
  }
  if (call.flag("alwaysUpsert")) return error(6711601, "alwaysUpsert is not supported");
  return {};
}

// --- Carrying out ---

// An insert takes the place of what is there, as it would in a copy that has it already.
Status require_entry(CommandCall& call, const OplogEntry& entry) {
  const auto need = [&](Permission permission) {
    return require_on(call, permission, entry.database, entry.collection);
  };
  switch (entry.op) {
    case 'n': return {};
    case 'd': return need(Permission::remove);
    case 'u': return need(Permission::update);
    default: break;
  }
  TRY_STATUS(need(Permission::insert));
  return need(Permission::update);
}

Result<UpdateSpec> statement_of(const OplogEntry& entry) {
  UpdateSpec spec;
  spec.filter = document(
      {{std::string(kIdField), *(entry.op == 'u' ? entry.selector : entry.change).find(kIdField)}});
  spec.upsert = entry.op == 'i';
  if (entry.op == 'd') return spec;
  const auto fields = entry.change.as_object();
  const bool versioned = entry.op == 'u' && !fields.empty() && fields.front().name == "$v";
  if (!versioned) {
    spec.update = entry.change;
    return spec;
  }
  TRY(spec.update, update_of_diff(entry.change));
  return spec;
}

Status apply(CommandCall& call, const OplogEntry& entry) {
  if (entry.op == 'n') return {};
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, entry.database, entry.collection));
  if (!find_collection(*state, entry.database, entry.collection)) {
    return error(ErrorCode::namespace_not_found, "Failed to apply operation: {}.{} is not there",
                 entry.database, entry.collection);
  }
  TRY(const UpdateSpec spec, statement_of(entry));
  call.turn_to(entry.database, entry.collection);
  auto done = entry.op == 'd' ? run_delete_statement(call, spec) : run_update_statement(call, spec);
  if (!done) return std::unexpected(std::move(done).error().error);
  if (entry.op == 'u' && done->matched == 0) {
    return error(ErrorCode::unknown_error,
                 "Failed to apply operation: there is no document of that _id");
  }
  return {};
}

Reply reply_of(std::size_t applied, std::vector<Value> results) {
  Reply reply;
  reply.add("applied", int32(applied)).add("results", Value::array(std::move(results)));
  return reply;
}

}  // namespace

Result<Reply> run_apply_ops(CommandCall& call) {
  TRY_STATUS(check_options(call));
  std::vector<OplogEntry> entries;
  for (const Value& given : call.elements(call.name())) {
    TRY(OplogEntry entry, read_entry(given));
    TRY_STATUS(require_entry(call, entry));
    entries.push_back(std::move(entry));
  }
  std::vector<Value> results;
  std::size_t applied = 0;
  const std::string database = call.database();
  for (const OplogEntry& entry : entries) {
    auto done = apply(call, entry);
    call.turn_to(database, {});
    if (!done) {
      results.push_back(Value::boolean(false));
      return Reply::failure(
          std::move(done).error(),
          {{"applied", int32(applied)}, {"results", Value::array(std::move(results))}});
    }
    if (entry.op != 'n') ++applied;
    results.push_back(Value::boolean(true));
  }
  return reply_of(applied, std::move(results));
}

}  // namespace octavo::mongodb
