#include "protocol/mongodb/command/rights.h"

#include <algorithm>

#include "base/overloaded.h"
#include "dialect/mongodb/error/error.h"
#include "engine/access.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/profiler.h"

namespace octavo::mongodb {

using catalog::Permission;

Status require_on(CommandCall& call, Permission permission, std::string_view database,
                  std::string_view collection) {
  if (call.user() == catalog::kAdminName) return {};
  const auto state = call.engine().catalog();
  const auto* const found = state->find_database(database);
  const bool there = found != nullptr && state->has_name(found->id, collection);
  if (!there && collection == kProfileCollection) permission = Permission::config;
  return call.engine().access().require_named(call.user(), permission, database, collection);
}

Status may_make_collection(CommandCall& call, const catalog::CatalogState& state,
                           std::string_view database, std::string_view collection) {
  if (state.allows_named(call.user(), Permission::config, database, {})) return {};
  if (!state.allows_named(call.user(), Permission::insert, database, collection)) {
    return engine::Access::refusal(call.user(), Permission::insert);
  }
  // Definitions are in memory, and each change of them looks at all.
  const auto* const found = state.find_database(database);
  if (found == nullptr || state.tables(found->id).size() < kMostCollectionsOfWriters) return {};
  return error(ErrorCode::unauthorized,
               "The database has {} collections: only who may configure it makes more",
               kMostCollectionsOfWriters);
}

Status require_create(CommandCall& call) {
  if (call.find("viewOn") != nullptr) {
    return require_on(call, Permission::config, call.database(), call.collection());
  }
  const Status writes = require_on(call, Permission::insert, call.database(), call.collection());
  return writes ? writes : require_on(call, Permission::config, call.database(), call.collection());
}

Status require_output(CommandCall& call, const PipelineOutput& output) {
  return std::visit(
      Overloaded{
          [](const std::monostate&) { return Status(); },
          [&](const Merge& merge) -> Status {
            TRY_STATUS(
                require_on(call, Permission::insert, merge.into.database, merge.into.collection));
            return require_on(call, Permission::update, merge.into.database, merge.into.collection);
          },
          // A new collection takes the place of that one.
          [&](const ReplaceCollection& out) {
            return require_on(call, Permission::config, out.into.database, out.into.collection);
          },
      },
      output);
}

Status require_update(CommandCall& call) {
  const auto upserts = [](const value::Value& statement) {
    const value::Value* const upsert = statement.find("upsert");
    return upsert != nullptr && to_flag(*upsert);
  };
  TRY_STATUS(require_on(call, Permission::update, call.database(), call.collection()));
  if (std::ranges::none_of(call.elements("updates"), upserts)) return {};
  return require_on(call, Permission::insert, call.database(), call.collection());
}

Status require_find_and_modify(CommandCall& call) {
  const auto need = [&](Permission permission) {
    return require_on(call, permission, call.database(), call.collection());
  };
  TRY_STATUS(need(Permission::read));
  if (call.flag("remove")) return need(Permission::remove);
  TRY_STATUS(need(Permission::update));
  return call.flag("upsert") ? need(Permission::insert) : Status();
}

Status check_rights(CommandCall& call) {
  const CommandRow& row = call.row();
  if (row.may != nullptr) return row.may(call);
  const bool of_database = row.target == Target::collection_or_one && call.collection().empty();
  if (!row.needs || of_database) return {};
  return require_on(call, *row.needs, call.database(), call.collection());
}

}  // namespace octavo::mongodb
