#include <utility>

#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/namespace.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/collection_uuid.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

struct Namespace {
  std::string_view database;
  std::string_view collection;
};

Result<Namespace> parse_namespace(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos || dot == 0 || dot + 1 == text.size()) {
    return error(ErrorCode::invalid_namespace, "Invalid namespace specified '{}'", text);
  }
  const Namespace parsed{text.substr(0, dot), text.substr(dot + 1)};
  if (parsed.collection.find('\0') != text.npos || parsed.collection.starts_with('.')) {
    return error(ErrorCode::invalid_namespace, "Invalid namespace specified '{}'", text);
  }
  return parsed;
}

// What belongs to the server is not given another name.
Status check_not_system(std::string_view collection) {
  constexpr std::string_view kSystem = "system.";
  if (!collection.starts_with(kSystem)) return {};
  return error(ErrorCode::illegal_operation, "cannot rename to or from a system collection: {}",
               collection);
}

// true, a number that stands for it, or the UUID of what is to be dropped.
Result<bool> may_drop_target(CommandCall& call, const catalog::TableDefinition* target) {
  const Value* const given = call.find("dropTarget");
  if (given == nullptr) return false;
  if (given->is_number() || given->type() == value::Type::boolean) return to_flag(*given);
  if (given->type() != value::Type::uuid) {
    return error(ErrorCode::invalid_uuid,
                 "uuid must be a 16-byte binary field with UUID (4) subtype");
  }
  return target != nullptr && equal(uuid_of(*target), *given);
}

Status check_target(std::string_view to) {
  constexpr std::size_t kMaxNamespaceBytes = 255;
  if (to.size() > kMaxNamespaceBytes || to.find('$') != to.npos) {
    return error(ErrorCode::illegal_operation, "error with target namespace: {}", to);
  }
  return {};
}

}  // namespace

// Names that make no sense are for the command itself to refuse.
Status may_rename_collection(CommandCall& call) {
  for (const std::string_view field : {"renameCollection", "to"}) {
    const auto name = parse_namespace(call.text(field));
    if (!name) continue;
    TRY_STATUS(require_on(call, catalog::Permission::config, name->database, name->collection));
  }
  return {};
}

Result<Reply> run_rename_collection(CommandCall& call) {
  TRY(const Namespace from, parse_namespace(call.text("renameCollection")));
  TRY(const Namespace to, parse_namespace(call.text("to")));
  TRY_STATUS(check_target(call.text("to")));
  if (from.database.find('$') != from.database.npos) {
    return error(ErrorCode::illegal_operation, "error with source namespace: {}",
                 call.text("renameCollection"));
  }
  TRY_STATUS(check_database_name(from.database));
  TRY_STATUS(check_database_name(to.database));
  TRY_STATUS(check_not_system(from.collection));
  TRY_STATUS(check_not_system(to.collection));
  if (from.database == to.database && from.collection == to.collection) {
    return error(ErrorCode::illegal_operation, "Can't rename a collection to itself");
  }
  auto meant = check_collection_uuid(*call.engine().catalog(), from.database, from.collection,
                                     call.find("collectionUUID"));
  if (!meant) {
    auto refused = std::move(meant).error();
    return Reply::failure(std::move(refused.error), std::move(refused.info));
  }
  // Only where there is something to be put into it.
  if (find_collection(*call.engine().catalog(), from.database, from.collection)) {
    TRY_STATUS(ensure_database(call, to.database, to.collection));
  }
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    TRY_STATUS(refuse_view(state, from.database, from.collection));
    const auto source = find_collection(state, from.database, from.collection);
    if (!source) {
      return error(ErrorCode::namespace_not_found, "Source collection {} does not exist",
                   call.text("renameCollection"));
    }
    const auto* const database = state.find_database(to.database);
    if (database == nullptr) return fail(Code::conflict, "The database was dropped meanwhile.");
    const auto target = find_collection(state, to.database, to.collection);
    const bool in_the_way = state.has_name(database->id, to.collection);
    TRY(const bool may_drop, may_drop_target(call, target ? target->table.get() : nullptr));
    if (in_the_way && !(may_drop && target)) {
      return error(ErrorCode::namespace_exists, "target namespace exists");
    }
    Changes changes;
    if (target) {
      TRY(changes, catalog::drop_table(state, target->id()));
    }
    catalog::TableDefinition renamed = *source->table;
    renamed.database = database->id;
    renamed.name = to.collection;
    changes.emplace_back(catalog::PutTable{std::move(renamed)});
    return changes;
  };
  TRY_STATUS(define_alone(call, decide));
  return Reply();
}

}  // namespace octavo::mongodb
