#include <algorithm>

#include "base/mutex.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {
namespace {

bool is_multi(const value::Value& options) {
  const value::Value* multi = options.is_object() ? options.find("multi") : nullptr;
  return multi != nullptr && *multi == value::Value::boolean(true);
}

// Whether clients may ask for its keys as values of the columns: those of other indexes are made of
// what a collation compares.
bool has_values_as_keys(const catalog::TableDefinition& table,
                        const catalog::IndexDefinition& index) {
  return !index.hidden && std::ranges::all_of(index.parts, [&](const catalog::IndexPart& part) {
    const auto* column = table.find_column(part.column);
    if (column == nullptr || part.prefix != 0) return false;
    const value::Collation* collation = column->type->collation;
    return collation == nullptr ||
           (collation->ignores == value::Collation::Ignores::nothing && !collation->pads);
  });
}

Result<reql::TablePtr> convert(const engine::Engine& engine, const catalog::CatalogState& state,
                               const catalog::TableDefinition& table) {
  auto out = std::make_shared<reql::TableInfo>();
  out->id = table.id;
  out->name = table.name;
  out->uuid = table.uuid;
  out->primary_key = table.primary_key;
  out->any_text_is_key = table.layout == catalog::Layout::keyspace;
  if (const auto* database = state.find_database(table.database)) {
    out->database = {database->id, database->name, database->uuid};
  }
  for (const auto& index : table.indexes) {
    if (!has_values_as_keys(table, index)) continue;
    reql::IndexInfo info;
    info.id = index.id;
    info.name = index.name;
    info.multi = is_multi(index.options);
    for (const auto& kind : engine.index_kinds()) {
      if (kind.id != index.kind) continue;
      info.kind = kind.name;
      info.answers = kind.answers;
    }
    info.ready = index.ready;
    info.progress = index.ready ? 1.0 : 0.0;
    ByteReader reader(index.function);
    TRY(info.function, algebra::decode(reader));
    out->indexes.push_back(std::move(info));
  }
  if (!table.write_hook.empty()) {
    ByteReader reader(table.write_hook);
    reql::WriteHookInfo hook;
    TRY(hook.function, algebra::decode(reader));
    out->write_hook = std::move(hook);
  }
  return out;
}

}  // namespace

Result<reql::TablePtr> MetadataCache::table(
    const engine::Engine& engine, const catalog::CatalogState& state,
    const std::shared_ptr<const catalog::TableDefinition>& definition) {
  const auto* database = state.find_database(definition->database);
  const std::string database_name = database == nullptr ? std::string() : database->name;
  const MutexLock lock(mutex_);
  Entry& entry = entries_[raw(definition->id)];
  if (entry.info == nullptr || entry.made_from.lock() != definition ||
      entry.database_name != database_name) {
    const value::Account::Use nobody(nullptr);  // kept for everyone
    TRY(auto info, convert(engine, state, *definition));
    entry = Entry{definition, database_name, std::move(info)};
  }
  return entry.info;
}

}  // namespace octavo::rethinkdb
