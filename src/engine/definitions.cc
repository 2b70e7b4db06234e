#include "engine/definitions.h"

#include <fmt/format.h>

#include "engine/number_leases.h"
#include "function/family.h"
#include "index/registry.h"
#include "layout/row/row_rules.h"
#include "txn/row_key.h"

namespace octavo::engine {
namespace {

void erase_index(IndexId index, kv::WriteBatch& batch) {
  batch.erase_range(kv::Family::index, txn::index_begin(index), txn::index_end(index));
}

// What a table or an index leaves behind when it goes.
void erase_left_over(const catalog::TableDefinition& before, const catalog::TableDefinition* after,
                     kv::WriteBatch& batch) {
  for (const auto& index : before.indexes) {
    if (after == nullptr || after->find_index(index.id) == nullptr) erase_index(index.id, batch);
  }
  if (after == nullptr) {
    batch.erase_range(kv::Family::rows, txn::table_begin(before.id), txn::table_end(before.id));
    batch.erase(kv::Family::meta, txn::row_count_key(before.id));
    for (const auto& column : before.columns) {
      if (!column.auto_increment) continue;
      batch.erase(kv::Family::meta, txn::sequence_key(sequence_name(before.id, column.id)));
    }
  }
}

// What a definition holds for others to read. A table with an index that is passed over would be
// written without its entries, so nobody may go on with one that this version does not know.
Status check_readable(const catalog::TableDefinition& table) {
  const auto unreadable = [&](std::string_view part, const Error& error) {
    return fail(error.code,
                fmt::format("table `{}`: its {} cannot be read: {}", table.name, part, error.what));
  };
  for (const auto& index : table.indexes) {
    if (const auto opened = index::open_index(index); !opened) {
      return unreadable(fmt::format("index `{}`", index.name), opened.error());
    }
  }
  if (layout::has_rules(table)) {
    const auto shared = std::make_shared<const catalog::TableDefinition>(table);
    if (const auto rules = layout::RowRules::make(shared); !rules) {
      return unreadable("columns", rules.error());
    }
  }
  if (table.write_hook.empty()) return {};
  ByteReader reader(table.write_hook);
  if (const auto hook = function::open_function(reader); !hook) {
    return unreadable("write hook", hook.error());
  }
  return {};
}

Status check_readable(const catalog::Change& change) {
  const auto* put = std::get_if<catalog::PutTable>(&change);
  return put == nullptr ? Status() : check_readable(put->table);
}

}  // namespace

Status Definitions::load(const kv::Store& rows) {
  catalog::CatalogEditor editor(catalog::CatalogState::initial());
  const auto prefix = Bytes(catalog::kStoredPrefix);
  const auto cursor =
      rows.cursor(kv::Family::meta, {.read = {}, .lower = prefix, .upper = "catalog0"});
  std::optional<std::uint64_t> next_id;
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    if (cursor->key() == catalog::kNextIdKey) {
      ByteReader reader(cursor->value());
      next_id = reader.get_le<std::uint64_t>();
      if (!next_id) return fail(Code::corrupt, "the catalog's next id does not decode");
      continue;
    }
    TRY(const auto change, catalog::decode_stored(cursor->key(), cursor->value()));
    TRY_STATUS(check_readable(change));
    editor.apply(change);
  }
  TRY_STATUS(cursor->status());
  if (next_id) editor.set_next_id(*next_id);
  const MutexLock lock(mutex_);
  current_ = std::move(editor).publish();
  return {};
}

catalog::CatalogPtr Definitions::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

catalog::CatalogPtr Definitions::settled() const {
  const MutexLock lock(mutex_);
  return changing_ ? nullptr : current_;
}

void Definitions::store(const catalog::Change& change, const catalog::CatalogState& before,
                        kv::WriteBatch& batch) {
  auto stored = catalog::stored_form(change);
  if (stored.entry) {
    batch.put(kv::Family::meta, stored.key, *stored.entry);
  } else {
    batch.erase(kv::Family::meta, stored.key);
  }
  if (const auto* put = std::get_if<catalog::PutTable>(&change)) {
    if (const auto* old = before.find_table(put->table.id)) {
      erase_left_over(*old, &put->table, batch);
    }
  } else if (const auto* drop = std::get_if<catalog::DropTable>(&change)) {
    if (const auto* old = before.find_table(drop->id)) erase_left_over(*old, nullptr, batch);
  }
}

Status Definitions::on_ddl(BytesView ddl, Lsn lsn, std::int64_t, kv::WriteBatch& batch) {
  TRY(const auto changes, catalog::decode_changes(ddl));
  const catalog::CatalogPtr before = next_ != nullptr ? next_ : current();
  catalog::CatalogEditor editor(*before);
  for (const auto& change : changes) {
    TRY_STATUS(check_readable(change));
    store(change, *before, batch);
    editor.apply(change);
  }
  editor.set_version(lsn);
  next_ = std::move(editor).publish();
  {
    const MutexLock lock(mutex_);
    changing_ = true;
  }
  Bytes next_id;
  put_le(next_id, next_->next_id());
  batch.put(kv::Family::meta, catalog::kNextIdKey, next_id);
  return {};
}

void Definitions::on_discarded() {
  next_ = nullptr;
  const MutexLock lock(mutex_);
  changing_ = false;
}

void Definitions::on_applied(Lsn) {
  if (next_ == nullptr) return;
  catalog::CatalogPtr before;
  catalog::CatalogPtr after;
  {
    const MutexLock lock(mutex_);
    changing_ = false;
    before = std::exchange(current_, std::exchange(next_, nullptr));
    after = current_;
  }
  if (listener_) listener_(*before, *after);
}

Status prepare_new_indexes(const catalog::CatalogState& before,
                           std::span<catalog::Change> changes) {
  for (catalog::Change& change : changes) {
    auto* put = std::get_if<catalog::PutTable>(&change);
    if (put == nullptr) continue;
    const auto* old = before.find_table(put->table.id);
    for (catalog::IndexDefinition& definition : put->table.indexes) {
      if (old != nullptr && old->find_index(definition.id) != nullptr) continue;
      TRY_STATUS(index::prepare_new(definition));
    }
  }
  return {};
}

std::vector<txn::KeyHash> keys_written(std::span<const catalog::Change> changes) {
  std::vector<txn::KeyHash> keys;
  keys.push_back(txn::named_hash("catalog", std::uint64_t{0}));
  for (const auto& change : changes) {
    if (const auto* put = std::get_if<catalog::PutTable>(&change)) {
      keys.push_back(txn::schema_hash(put->table.id));
    } else if (const auto* drop = std::get_if<catalog::DropTable>(&change)) {
      keys.push_back(txn::schema_hash(drop->id));
    }
  }
  return keys;
}

}  // namespace octavo::engine
