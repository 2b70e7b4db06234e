#include "protocol/mongodb/command/other_sources.h"

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_sizes.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/listings.h"
#include "protocol/mongodb/command/process.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

Result<Collection> existing(CommandCall& call, const CollectionName& name) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, name.database, name.collection));
  auto found = find_collection(*state, name.database, name.collection);
  if (found) return *std::move(found);
  return error(ErrorCode::namespace_not_found, "Collection [{}.{}] not found.", name.database,
               name.collection);
}

Result<std::vector<Value>> collection_statistics(CommandCall& call, const CollectionName& name,
                                                 const Value& spec) {
  TRY(const Collection collection, existing(call, name));
  TRY(const CollectionSizes sizes, measure(call, collection));
  std::vector<Field> fields = {{"ns", text(name.database + "." + name.collection)},
                               {"localTime", date(call.shared().service.clock.wall_ns())}};
  if (spec.find("storageStats") != nullptr) {
    std::vector<Field> storage = {{"size", Value::int64(sizes.bytes)},
                                  {"count", Value::int64(sizes.count)}};
    if (sizes.count != 0)
      storage.push_back({"avgObjSize", Value::int64(sizes.bytes / sizes.count)});
    const auto limits = capped_limits(*collection.table);
    storage.push_back({"storageSize", Value::int64(sizes.bytes)});
    storage.push_back({"capped", Value::boolean(limits.has_value())});
    if (limits) {
      storage.push_back({"max", Value::int64(limits->documents.value_or(0))});
      storage.push_back({"maxSize", Value::int64(limits->bytes)});
    }
    storage.push_back({"nindexes", Value::int32(index_count(*collection.table))});
    storage.push_back({"scaleFactor", int32(1)});
    fields.push_back({"storageStats", document(std::move(storage))});
  }
  if (spec.find("count") != nullptr) fields.push_back({"count", Value::int64(sizes.count)});
  return std::vector<Value>{document(std::move(fields))};
}

Result<std::vector<Value>> index_statistics(CommandCall& call, const CollectionName& name) {
  TRY(const Collection collection, existing(call, name));
  std::vector<Value> rows;
  const auto add = [&](const Value& spec) {
    rows.push_back(
        document({{"name", *spec.find("name")},
                  {"key", *spec.find("key")},
                  {"host", text("")},
                  // Uses of an index are not counted.
                  {"accesses", document({{"ops", Value::int64(0)},
                                         {"since", date(call.shared().identity.started_wall_ns)}})},
                  {"spec", spec}}));
  };
  add(id_index(*collection.table));
  for (const auto& index : collection.table->indexes) {
    if (!index.hidden) add(shown_index(*collection.table, index));
  }
  return rows;
}

std::vector<Value> sessions(CommandCall& call) {
  std::vector<Value> rows;
  for (const SessionKey& key : call.shared().sessions.list()) {
    if (key.user != call.user()) continue;
    rows.push_back(document({{"_id", document({{"id", Value::uuid(key.id)}})},
                             {"lastUse", date(call.shared().service.clock.wall_ns())}}));
  }
  return rows;
}

}  // namespace

Result<std::vector<Value>> read_source(CommandCall& call, OtherSource source,
                                       const CollectionName& name, const Value& spec) {
  switch (source) {
    case OtherSource::collection_statistics: return collection_statistics(call, name, spec);
    case OtherSource::index_statistics: return index_statistics(call, name);
    case OtherSource::current_operations: return current_operations(call);
    case OtherSource::sessions:
    case OtherSource::local_sessions: return sessions(call);
    case OtherSource::cluster_catalog: return cluster_catalog(call, name.database);
    // Neither plans are kept, nor samples, settings or statistics of queries.
    case OtherSource::plan_cache_statistics:
    case OtherSource::query_settings:
    case OtherSource::query_statistics:
    case OtherSource::sampled_queries: return std::vector<Value>();
    case OtherSource::changes: break;
  }
  return error(40602, "$changeStream is only valid as the first stage in a pipeline");
}

}  // namespace octavo::mongodb
