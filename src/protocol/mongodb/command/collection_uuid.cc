#include "protocol/mongodb/command/collection_uuid.h"

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {

using value::Value;

namespace {

Value name_of(const catalog::CatalogState& state, std::string_view database, const Value& uuid) {
  const auto* const found = state.find_database(database);
  if (found == nullptr) return Value::null();
  for (const auto& table : state.tables(found->id)) {
    if (uuid_of(*table) == uuid) return text(table->name);
  }
  return Value::null();
}

}  // namespace

Expected<void, WriteError> check_collection_uuid(const catalog::CatalogState& state,
                                                 std::string_view database, std::string_view name,
                                                 const Value* uuid) {
  if (uuid == nullptr) return {};
  const auto collection = find_collection(state, database, name);
  if (collection && uuid_of(*collection->table) == *uuid) return {};
  WriteError failed;
  failed.error =
      error(ErrorCode::collection_uuid_mismatch, "Collection UUID does not match that specified")
          .error();
  failed.info = {{"db", text(database)},
                 {"collectionUUID", *uuid},
                 {"expectedCollection", text(name)},
                 {"actualCollection", name_of(state, database, *uuid)}};
  return std::unexpected(std::move(failed));
}

std::optional<Reply> refuse_other_collection(CommandCall& call) {
  if (call.row().target != Target::collection) return std::nullopt;
  const Value* const uuid = call.find("collectionUUID");
  if (uuid == nullptr) return std::nullopt;
  auto meant =
      check_collection_uuid(*call.engine().catalog(), call.database(), call.collection(), uuid);
  if (meant) return std::nullopt;
  auto refused = std::move(meant).error();
  return Reply::failure(std::move(refused.error), std::move(refused.info));
}

}  // namespace octavo::mongodb
