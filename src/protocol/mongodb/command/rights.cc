#include "protocol/mongodb/command/rights.h"

#include "base/overloaded.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/profiler.h"

namespace octavo::mongodb {

using catalog::Permission;

Status require_on(CommandCall& call, Permission permission, std::string_view database,
                  std::string_view collection) {
  if (call.user() == catalog::kAdminName) return {};
  const auto state = call.engine().catalog();
  const auto* const found = state->find_database(database);
  std::optional<DatabaseId> scope;
  std::optional<TableId> named;
  if (found != nullptr) {
    scope = found->id;
    const auto* const table = state->find_table(found->id, collection);
    const auto* const view = state->find_view(found->id, collection);
    if (table != nullptr) named = table->id;
    if (view != nullptr) named = view->id;
  }
  if (!named && collection == kProfileCollection) permission = Permission::config;
  return call.engine().access().require(call.user(), permission, scope, named);
}

Status may_make_collection(CommandCall& call, const catalog::CatalogState& state,
                           std::optional<DatabaseId> database) {
  if (state.allows(call.user(), Permission::config, database, std::nullopt)) return {};
  TRY_STATUS(
      call.engine().access().require(call.user(), Permission::write, database, std::nullopt));
  // Definitions are in memory, and each change of them looks at all.
  if (!database || state.tables(*database).size() < kMostCollectionsOfWriters) return {};
  return error(ErrorCode::unauthorized,
               "The database has {} collections: only who may configure it makes more",
               kMostCollectionsOfWriters);
}

Status require_create(CommandCall& call) {
  if (call.find("viewOn") != nullptr) {
    return require_on(call, Permission::config, call.database(), call.collection());
  }
  const Status writes = require_on(call, Permission::write, call.database(), call.collection());
  return writes ? writes : require_on(call, Permission::config, call.database(), call.collection());
}

Status require_output(CommandCall& call, const PipelineOutput& output) {
  return std::visit(
      Overloaded{
          [](const std::monostate&) { return Status(); },
          [&](const Merge& merge) {
            return require_on(call, Permission::write, merge.into.database, merge.into.collection);
          },
          // A new collection takes the place of that one.
          [&](const ReplaceCollection& out) {
            return require_on(call, Permission::config, out.into.database, out.into.collection);
          },
      },
      output);
}

Status check_rights(CommandCall& call) {
  const CommandRow& row = call.row();
  if (row.may != nullptr) return row.may(call);
  const bool of_database = row.target == Target::collection_or_one && call.collection().empty();
  if (!row.needs || of_database) return {};
  return require_on(call, *row.needs, call.database(), call.collection());
}

}  // namespace octavo::mongodb
