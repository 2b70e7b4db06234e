#include "layout/keyspace/changes.h"

#include <algorithm>

#include "catalog/reserved.h"
#include "layout/keyspace/key_documents.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

// Documents of one key. The contents are not compared: see same_content.
bool same_row(const value::Value& before, const value::Value& after) {
  return *before.find("type") == *after.find("type") && *before.find("ttl") == *after.find("ttl") &&
         same_content(*before.find("value"), *after.find("value"));
}

}  // namespace

void KeyspaceChanges::begin_record(const Lsn& lsn, std::int64_t time_ns, Wanted wanted) {
  wanted_ = std::move(wanted);
  if (wanted_ || observing_) {
    const auto lock = keyspace_.lock();
    observe_if_needed();
  }
  if (!wanted_) return contents_.clear();
  lsn_ = lsn;
  now_ms_ = time_ns / 1'000'000;
  tables_.resize(keyspace_.database_count());
  for (Table& table : tables_) table = Table();
}

std::vector<algebra::ChangeSetPtr> KeyspaceChanges::end_record() {
  std::vector<algebra::ChangeSetPtr> sets;
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
  add_listener_locked(listener);
}

void KeyspaceChanges::remove_listener(keyspace::KeyspaceObserver& listener) {
  const auto lock = keyspace_.lock();
  remove_listener_locked(listener);
}

void KeyspaceChanges::add_listener_locked(keyspace::KeyspaceObserver& listener) {
  listeners_.push_back(&listener);
  observe_if_needed();
}

// Observation ends with the next record: until then whoever applies may count on it.
void KeyspaceChanges::remove_listener_locked(keyspace::KeyspaceObserver& listener) {
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
  if (!table.asked) {
    table.asked = true;
    const TableId id = catalog::kKeyspace.tables.at(db);
    table.wanted = wanted_(id);
    if (table.wanted != nullptr) {
      table.set = std::make_shared<algebra::ChangeSet>();
      table.set->table = id;
      table.set->lsn = lsn_;
    }
  }
  return table.wanted != nullptr ? &table : nullptr;
}

// Expired keys that were not removed yet are still there: their removal is a change of its own.
std::optional<KeyspaceChanges::Document> KeyspaceChanges::document(unsigned db,
                                                                   std::string_view key,
                                                                   const Document* earlier) {
  const auto* entry = keyspace_.database(db).find(key);
  if (entry == nullptr) return std::nullopt;
  auto content =
      contents_.of(db, *entry, earlier == nullptr ? nullptr : earlier->row.find("value"));
  return Document{key_document(*entry, std::move(content.value), now_ms_),
                  entry->key().size() + content.fresh_bytes};
}

void KeyspaceChanges::touch(unsigned db, Table& table, std::string_view key, std::uint32_t index) {
  if (table.names.contains(key)) return;
  if (!table.wanted->wants(value::encoded_key(text_value(key)))) return;
  std::optional<value::Account::Use> pays;
  if (account_ != nullptr) pays.emplace(account_);
  any_touched_ = true;
  table.touched.push_back({std::string(key), index, document(db, key, nullptr)});
  table.names.insert(table.touched.back().key);
}

// Of all keys of `keys`, which is one of the databases that change places or go.
void KeyspaceChanges::touch_all(unsigned db, Table& table, const keyspace::Database& keys) {
  const std::uint32_t first = table.touches;
  table.touches += keys.size();
  const auto points = table.wanted->only_points();
  if (!points) {
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      touch(db, table, keys.keys().at(i)->key(), first + i);
    }
    return;
  }
  for (const value::Value& id : *points) {
    const auto key = key_of(id);
    const auto* entry = key ? keys.find(*key) : nullptr;
    if (entry != nullptr) touch(db, table, *key, first + entry->position);
  }
}

void KeyspaceChanges::about_to_change(unsigned db, std::string_view key) {
  if (Table* const listened = table(db)) touch(db, *listened, key, listened->touches++);
  for (auto* listener : listeners_) listener->about_to_change(db, key);
}

void KeyspaceChanges::changed(unsigned db, std::string_view key, keyspace::EventClass kind,
                              std::string_view event) {
  for (auto* listener : listeners_) listener->changed(db, key, kind, event);
}

void KeyspaceChanges::fields_expired(unsigned db, std::string_view key,
                                     std::span<const std::string_view> fields) {
  for (auto* listener : listeners_) listener->fields_expired(db, key, fields);
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
  std::optional<value::Account::Use> pays;
  if (account_ != nullptr) pays.emplace(account_);
  std::ranges::sort(table.touched, {}, &Touched::index);
  for (Touched& touched : table.touched) {
    auto after = document(db, touched.key, touched.before ? &*touched.before : nullptr);
    const bool same = touched.before && after ? same_row(touched.before->row, after->row)
                                              : !touched.before && !after;
    if (same) continue;
    std::optional<value::Value> rows[2];
    for (std::size_t i = 0; auto* const image : {&touched.before, &after}) {
      auto& row = rows[i++];
      if (!*image) continue;
      table.set->bytes += (*image)->fresh_bytes;
      row = std::move((*image)->row);
    }
    table.set->changes.push_back(
        {text_value(touched.key), std::move(rows[0]), std::move(rows[1]), touched.index});
  }
  table.names.clear();
  table.touched.clear();
}

}  // namespace octavo::layout
