// dbStats, collStats.

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/collection_sizes.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

Result<std::int64_t> scale_of(CommandCall& call) {
  const auto scale = call.integer("scale");
  if (scale && *scale < 1) {
    return error(51024, "BSON field 'scale' value must be >= 1, actual value '{}'", *scale);
  }
  return scale.value_or(1);
}

Value average(const CollectionSizes& sizes) {
  if (sizes.count == 0) return Value::float64(0);
  return Value::float64(static_cast<double>(sizes.bytes) / static_cast<double>(sizes.count));
}

}  // namespace

Result<CollectionSizes> measure(CommandCall& call, const Collection& collection) {
  constexpr std::size_t kRowsAtOnce = 256;
  const auto plan = algebra::make_plan(algebra::Scan{.table = collection.id()});
  TRY(const auto query, call.engine().query(plan, call.context()));
  CollectionSizes sizes;
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) {
      ++sizes.count;
      sizes.bytes += static_cast<std::int64_t>(bson_size(collection.shown(row)));
    }
  } while (!rows.empty());
  return sizes;
}

Result<Reply> run_database_statistics(CommandCall& call) {
  TRY(const std::int64_t scale, scale_of(call));
  const auto state = call.engine().catalog();
  const auto* const database = state->find_database(call.database());
  CollectionSizes all;
  std::int64_t collections = 0;
  std::int64_t views = 0;
  std::int64_t indexes = 0;
  if (database != nullptr) {
    for (const auto* table : state->tables(database->id)) {
      if (table->temporary) continue;
      TRY(const CollectionSizes sizes, measure(call, Collection{state->share_table(table->id)}));
      all.count += sizes.count;
      all.bytes += sizes.bytes;
      ++collections;
      indexes += index_count(*table);
    }
    views = static_cast<std::int64_t>(state->views(database->id).size());
  }
  const auto scaled = [&](std::int64_t bytes) {
    return Value::float64(static_cast<double>(bytes) / static_cast<double>(scale));
  };
  Reply reply;
  reply.add("db", Value::string(call.database()))
      .add("collections", Value::int64(collections))
      .add("views", Value::int64(views))
      .add("objects", Value::int64(all.count))
      .add("avgObjSize", average(all))
      .add("dataSize", scaled(all.bytes))
      .add("storageSize", scaled(all.bytes))
      .add("indexes", Value::int64(indexes))
      .add("indexSize", scaled(0))
      .add("totalSize", scaled(all.bytes))
      .add("scaleFactor", Value::int64(scale));
  return reply;
}

Result<Reply> run_collection_statistics(CommandCall& call) {
  TRY(const std::int64_t scale, scale_of(call));
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  const auto collection = find_collection(*state, call.database(), call.collection());
  const auto limits = collection ? capped_limits(*collection->table) : std::nullopt;
  CollectionSizes sizes;
  std::vector<Field> index_sizes;
  if (collection) {
    TRY(sizes, measure(call, *collection));
    index_sizes.push_back({std::string(kIdIndexName), Value::int64(0)});
    for (const auto& index : collection->table->indexes) {
      if (!index.hidden) index_sizes.push_back({index.name, Value::int64(0)});
    }
  }
  const auto indexes = static_cast<std::int32_t>(index_sizes.size());
  Reply reply;
  reply.add("ns", Value::string(call.ns()))
      .add("size", Value::int64(sizes.bytes / scale))
      .add("count", Value::int64(sizes.count));
  if (sizes.count != 0) reply.add("avgObjSize", Value::int64(sizes.bytes / sizes.count));
  reply.add("storageSize", Value::int64(sizes.bytes / scale))
      .add("capped", Value::boolean(limits.has_value()));
  if (limits) {
    reply.add("max", Value::int64(limits->documents.value_or(0)))
        .add("maxSize", Value::int64(limits->bytes / scale));
  }
  reply.add("nindexes", Value::int32(indexes))
      .add("indexCollectionSizes", Value::object(std::move(index_sizes)))
      .add("totalIndexSize", Value::int64(0))
      .add("totalSize", Value::int64(sizes.bytes / scale))
      .add("scaleFactor", Value::int64(scale));
  return reply;
}

}  // namespace octavo::mongodb
