#include "engine/keyspace_changes.h"

#include <algorithm>

#include "catalog/model.h"
#include "exec/key_documents.h"

namespace octavo::engine {

void KeyspaceChanges::begin_record(const Lsn& lsn, std::int64_t time_ns, Wanted wanted) {
  wanted_ = std::move(wanted);
  if (wanted_ || observing_) {
    const auto lock = keyspace_.lock();
    observe_if_needed();
  }
  if (!wanted_) return;
  lsn_ = lsn;
  now_ms_ = time_ns / 1'000'000;
  tables_.resize(keyspace_.database_count());
  for (Table& table : tables_) table = Table();
}

std::vector<stream::ChangeSetPtr> KeyspaceChanges::end_record() {
  std::vector<stream::ChangeSetPtr> sets;
  if (!wanted_) return sets;
  for (Table& table : tables_) {
    if (table.set != nullptr && !table.set->changes.empty()) sets.push_back(std::move(table.set));
    table = Table();
  }
  wanted_ = nullptr;
  return sets;
}

void KeyspaceChanges::add_listener(keyspace::KeyspaceObserver& listener) {
  const auto lock = keyspace_.lock();
  listeners_.push_back(&listener);
  observe_if_needed();
}

void KeyspaceChanges::remove_listener(keyspace::KeyspaceObserver& listener) {
  const auto lock = keyspace_.lock();
  std::erase(listeners_, &listener);
}

// With the keyspace's mutex held. Nobody pays for being observed while nobody looks.
void KeyspaceChanges::observe_if_needed() {
  observing_ = wanted_ != nullptr || !listeners_.empty();
  keyspace_.set_observer(observing_ ? this : nullptr);
}

KeyspaceChanges::Table* KeyspaceChanges::table(unsigned db) {
  if (!wanted_) return nullptr;
  Table& table = tables_[db];
  if (table.interest == Interest::unknown) {
    const TableId id{raw(catalog::kRedisTableBase) + db};
    table.interest = wanted_(id) ? Interest::wanted : Interest::none;
    if (table.interest == Interest::wanted) {
      table.set = std::make_shared<stream::ChangeSet>();
      table.set->table = id;
      table.set->lsn = lsn_;
    }
  }
  return table.interest == Interest::wanted ? &table : nullptr;
}

// Expired keys that were not removed yet are still there: their removal is a change of its own.
std::optional<value::Value> KeyspaceChanges::document(unsigned db, std::string_view key) const {
  const auto* entry = keyspace_.database(db).find(key);
  if (entry == nullptr) return std::nullopt;
  return exec::key_document(*entry, now_ms_);
}

void KeyspaceChanges::touch(unsigned db, Table& table, std::string_view key) {
  any_touched_ = true;
  if (table.names.contains(key)) return;
  table.touched.push_back({std::string(key), document(db, key)});
  table.names.insert(table.touched.back().key);
}

void KeyspaceChanges::touch_all(unsigned db, Table& table, const keyspace::Database& keys) {
  for (std::uint32_t i = 0; i < keys.size(); ++i) touch(db, table, keys.keys().at(i)->key());
}

void KeyspaceChanges::about_to_change(unsigned db, std::string_view key) {
  if (Table* const listened = table(db)) touch(db, *listened, key);
  for (auto* listener : listeners_) listener->about_to_change(db, key);
}

void KeyspaceChanges::changed(unsigned db, std::string_view key, keyspace::EventClass kind,
                              std::string_view event) {
  for (auto* listener : listeners_) listener->changed(db, key, kind, event);
}

void KeyspaceChanges::about_to_flush(unsigned db) {
  if (Table* const listened = table(db)) touch_all(db, *listened, keyspace_.database(db));
  for (auto* listener : listeners_) listener->about_to_flush(db);
}

void KeyspaceChanges::about_to_swap(unsigned first, unsigned second) {
  for (const unsigned db : {first, second}) {
    Table* const listened = table(db);
    if (listened == nullptr) continue;
    touch_all(db, *listened, keyspace_.database(first));
    touch_all(db, *listened, keyspace_.database(second));
  }
  for (auto* listener : listeners_) listener->about_to_swap(first, second);
}

void KeyspaceChanges::operation_done() {
  if (any_touched_) {
    for (unsigned db = 0; db < tables_.size(); ++db) finish(db, tables_[db]);
    any_touched_ = false;
  }
  for (auto* listener : listeners_) listener->operation_done();
}

void KeyspaceChanges::finish(unsigned db, Table& table) {
  for (Touched& touched : table.touched) {
    auto after = document(db, touched.key);
    if (touched.before == after) continue;
    for (const auto* row : {&touched.before, &after}) {
      if (*row) table.set->bytes += (*row)->memory_bytes();
    }
    auto& changes = table.set->changes;
    changes.push_back({exec::text_value(touched.key), std::move(touched.before), std::move(after),
                       static_cast<std::uint32_t>(changes.size())});
  }
  table.names.clear();
  table.touched.clear();
}

}  // namespace octavo::engine
