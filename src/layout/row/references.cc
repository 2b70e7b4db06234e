#include "layout/row/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "index/table_reader.h"
#include "index/unique.h"
#include "layout/row/unique_keys.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::layout {

using catalog::ForeignKeyDefinition;
using catalog::ReferenceAction;
using catalog::Violation;
using value::Value;

namespace {

// Children are looked for so many at a time.
constexpr std::size_t kFoundAtOnce = 256;
// So many keys of parents are remembered of each foreign key.
constexpr std::size_t kMostParents = 1024;

// The first key behind another.
Bytes behind(Bytes key) {
  key.push_back('\0');
  return key;
}

std::string_view what_is_broken(Violation::Kind kind) {
  switch (kind) {
    case Violation::Kind::no_parent: return "there is no row that it refers to";
    case Violation::Kind::has_children: return "rows refer to the row";
    case Violation::Kind::too_deep: return "rows refer to each other at too many levels";
    default: return "another row has the key";
  }
}

bool is_same(const std::optional<std::vector<Value>>& a,
             const std::optional<std::vector<Value>>& b) {
  return a.has_value() == b.has_value() && (!a || *a == *b);
}

}  // namespace

// A table at one end of a key, as it is for this statement.
struct References::Known {
  TableDefinitionPtr table;
  std::shared_ptr<const index::IndexSet> indexes;  // null when it has none
  std::shared_ptr<const RowRules> rules;
  std::vector<const index::Index*> unique;
  std::map<const ForeignKeyDefinition*, Parents> parents;  // by its own keys
};

// The rows that a key leads to: found, and locked until the transaction ends.
struct References::Parents {
  RowFinder finder;
  std::unordered_set<Bytes> found;  // keys
};

// A row that has become another, and for which row above that was.
struct References::Level {
  Known& known;
  const Value* before = nullptr;
  const Value* after = nullptr;
  const Level* above = nullptr;
  unsigned depth = 0;

  // Whether a row of the table was changed, and stayed, on the way here.
  bool has_updated(TableId table) const {
    for (const Level* level = this; level != nullptr; level = level->above) {
      if (level->known.table->id == table && level->before != nullptr && level->after != nullptr) {
        return true;
      }
    }
    return false;
  }
};

// The children of one key of one row.
struct References::Child {
  Known& known;
  const ForeignKeyDefinition& key;
  RowFinder finder;
  Bytes found_by;
};

References::References(const WriteTarget& target, exec::QueryContext& query)
    : target_(target), query_(query), transaction_(*target.transaction) {}

References::~References() = default;

// Locks are enough where this node alone writes the log.
bool References::is_shared() const {
  return target_.sequencer.authority() == txn::Authority::shared;
}

Status References::depends_on(txn::KeyHash key, const Lsn& read_at) {
  return is_shared() ? transaction_.reads_key(key, read_at) : Status();
}

Status References::lock(txn::KeyHash key, txn::LockMode mode) {
  return take_lock(target_.locks, transaction_.owner(), key, mode, query_);
}

Result<References::Known*> References::know(TableId id) {
  auto& known = known_[id];
  if (known != nullptr) return known.get();
  TRY_STATUS(
      take_table_lock(target_.locks, transaction_.owner(), id, txn::LockMode::looking, query_));
  auto made = std::make_unique<Known>();
  for (;;) {
    made->table = target_.definition(id);
    if (made->table == nullptr) {
      query_.definition_changed = true;
      return fail(Code::conflict, "A table that a foreign key is about does not exist any more.");
    }
    const auto* const building = building_index(*made->table);
    if (building == nullptr) break;
    TRY_STATUS(wait_for_index(target_, *made->table, *building));
  }
  if (!made->table->indexes.empty()) {
    made->indexes = target_.indexes.of(made->table);
    TRY(made->unique, unique_indexes(*made->table, *made->indexes));
  }
  TRY(made->rules, target_.rules.of(made->table));
  TRY_STATUS(transaction_.use_table(made->table, query_));
  transaction_.reads_definition(id);
  known = std::move(made);
  return known.get();
}

const catalog::IndexDefinition* References::building_index(
    const catalog::TableDefinition& table) const {
  const auto finds = [&](std::span<const ColumnId> columns) -> const catalog::IndexDefinition* {
    const auto key = catalog::key_over(table, columns);
    return !key || key->index == nullptr || key->index->ready ? nullptr : key->index;
  };
  if (const auto* index = building_unique_index(table)) return index;
  for (const ForeignKeyDefinition& key : table.foreign_keys) {
    if (const auto* index = finds(key.columns)) return index;
  }
  for (const TableId id : table.referenced_by) {
    const auto child = target_.definition(id);
    if (child == nullptr) continue;
    for (const ForeignKeyDefinition& key : child->foreign_keys) {
      if (key.parent != table.id) continue;
      if (const auto* index = finds(key.parent_columns)) return index;
    }
  }
  return nullptr;
}

std::unexpected<Error> References::broken_by(const catalog::TableDefinition& child,
                                             const ForeignKeyDefinition& key,
                                             Violation::Kind kind) {
  Violation violation;
  violation.kind = kind;
  violation.table = child.id;
  violation.foreign_key = key.id;
  violation_ = std::move(violation);
  return fail(Code::invalid_argument, fmt::format("Constraint `{}` of table `{}` is violated: {}.",
                                                  key.name, child.name, what_is_broken(kind)));
}

Status References::changed(const TableDefinitionPtr& table, const Value* before, const Value* after,
                           std::optional<Violation>& broken) {
  violation_.reset();
  auto done = [&]() -> Status {
    TRY(Known* const known, know(table->id));
    const Level level{.known = *known, .before = before, .after = after};
    TRY_STATUS(look_for_parents(level));
    TRY_STATUS(tell_children(level));
    return transaction_.charge_locks();
  }();
  if (!done) forget_parents();
  if (violation_) broken = std::move(violation_);
  return done;
}

Status References::look_for_parents(const Level& level) {
  if (level.after == nullptr) return {};
  const catalog::TableDefinition& table = *level.known.table;
  for (const ForeignKeyDefinition& key : table.foreign_keys) {
    const auto values = values_of(table, key.columns, *level.after);
    if (!values) continue;
    if (level.before != nullptr && values_of(table, key.columns, *level.before) == values) {
      continue;
    }
    TRY_STATUS(look_for_parent(level, key, *values));
    if (!is_shared()) continue;
    // Who looks for children of the parent looks for this.
    TRY(const RowFinder finder, RowFinder::make(table, level.known.indexes.get(), key.columns));
    const auto own = finder.key_of(*values);
    if (own && !finder.by_primary_key()) TRY_STATUS(transaction_.writes_key(finder.hash_of(*own)));
  }
  return {};
}

Result<References::Parents*> References::parents_of(Known& child, const ForeignKeyDefinition& key) {
  if (const auto known = child.parents.find(&key); known != child.parents.end()) {
    return &known->second;
  }
  TRY(Known* const parent, know(key.parent));
  TRY(const RowFinder finder,
      RowFinder::make(*parent->table, parent->indexes.get(), key.parent_columns));
  return &child.parents.emplace(&key, Parents{finder, {}}).first->second;
}

// Rows of a table may be gone, or may not have come.
void References::forget_parents() {
  for (const auto& [id, known] : known_) {
    if (known == nullptr) continue;
    for (auto& [key, parents] : known->parents) parents.found.clear();
  }
}

Status References::look_for_parent(const Level& level, const ForeignKeyDefinition& key,
                                   const std::vector<Value>& values) {
  const catalog::TableDefinition& child = *level.known.table;
  if (key.parent == TableId{}) return broken_by(child, key, Violation::Kind::no_parent);
  TRY(Parents* const parents, parents_of(level.known, key));
  const auto wanted = parents->finder.key_of(values);
  if (!wanted) return broken_by(child, key, Violation::Kind::no_parent);
  if (parents->found.contains(*wanted)) return {};
  TRY_STATUS(lock_parent(level, key, parents->finder, *wanted));
  if (parents->found.size() >= kMostParents) parents->found.clear();
  parents->found.insert(*wanted);
  return {};
}

// The key is locked before it is looked for: who is about to make the parent is waited for. The row
// that has it is locked, too: who erases it or changes its key locks that alone.
Status References::lock_parent(const Level& level, const ForeignKeyDefinition& key,
                               const RowFinder& finder, const Bytes& wanted) {
  const catalog::TableDefinition& child = *level.known.table;
  TRY_STATUS(lock(finder.hash_of(wanted), txn::LockMode::shared));
  for (std::optional<Bytes> locked;;) {
    const Lsn read_at = target_.sequencer.read_point();
    TRY(auto holders, finder.find(newest(), wanted, 1, query_));
    if (holders.empty()) return broken_by(child, key, Violation::Kind::no_parent);
    Bytes& holder = holders.front();
    if (finder.by_primary_key() || holder == locked) {
      return depends_on(txn::row_hash(key.parent, holder), read_at);
    }
    TRY_STATUS(lock(txn::row_hash(key.parent, holder), txn::LockMode::shared));
    locked = std::move(holder);
  }
}

Status References::tell_children(const Level& level) {
  if (level.before == nullptr) return {};
  forget_parents();
  const catalog::TableDefinition& table = *level.known.table;
  for (const TableId id : table.referenced_by) {
    TRY(Known* const child, know(id));
    for (const ForeignKeyDefinition& key : child->table->foreign_keys) {
      if (key.parent == table.id) TRY_STATUS(tell_child(level, *child, key));
    }
  }
  return {};
}

Status References::tell_child(const Level& level, Known& child, const ForeignKeyDefinition& key) {
  const catalog::TableDefinition& table = *level.known.table;
  const auto was = values_of(table, key.parent_columns, *level.before);
  if (!was) return {};
  const bool stays = level.after != nullptr;
  if (stays && is_same(was, values_of(table, key.parent_columns, *level.after))) return {};
  TRY(const RowFinder finder, RowFinder::make(*child.table, child.indexes.get(), key.columns));
  const auto found_by = finder.key_of(*was);
  if (!found_by) return {};
  const Child children{child, key, finder, *found_by};
  TRY_STATUS(depends_on(finder.hash_of(*found_by), target_.sequencer.read_point()));
  const ReferenceAction action = stays ? key.on_update : key.on_delete;
  bool refused = action == ReferenceAction::no_action || action == ReferenceAction::restrict;
  // Changes that come back to a table that they have changed might never end.
  const bool updates = stays || action == ReferenceAction::set_null;
  if (!refused && updates && level.has_updated(child.table->id)) refused = true;
  if (refused) return refuse_if_lasting(children);
  for (Bytes from;;) {
    TRY(auto rows, finder.find(newest(), *found_by, kFoundAtOnce, query_, from));
    if (rows.empty()) return {};
    if (level.depth + 1 > catalog::kMaxReferenceDepth) {
      return broken_by(*child.table, key, Violation::Kind::too_deep);
    }
    for (const Bytes& row : rows) {
      TRY_STATUS(query_.check());
      TRY_STATUS(act_on(level, children, row));
    }
    TRY_STATUS(transaction_.charge_locks());
    from = behind(std::move(rows.back()));
  }
}

// One that a transaction under way is about to take away is waited for.
Status References::refuse_if_lasting(const Child& child) {
  for (Bytes from;;) {
    TRY(auto rows, child.finder.find(newest(), child.found_by, 1, query_, from));
    if (rows.empty()) return {};
    Bytes& row = rows.front();
    TRY_STATUS(lock(txn::row_hash(child.known.table->id, row), txn::LockMode::shared));
    TRY(const auto now, child.finder.find(newest(), child.found_by, 1, query_, row));
    if (!now.empty() && now.front() == row) {
      return broken_by(*child.known.table, child.key, Violation::Kind::has_children);
    }
    from = behind(std::move(row));
  }
}

Result<std::optional<Bytes>> References::stored_row(TableId table, const Bytes& key) const {
  const index::TableReader reader(newest());
  TRY(auto rows, reader.stored(table, std::span(&key, 1), kv::ReadTier::any));
  if (!rows.front()) return std::nullopt;
  return std::move(rows.front()->document);
}

Status References::act_on(const Level& level, const Child& child, const Bytes& row) {
  const catalog::TableDefinition& table = *child.known.table;
  TRY_STATUS(take_table_lock(target_.locks, transaction_.owner(), table.id, txn::LockMode::shared,
                             query_));
  TRY_STATUS(lock(txn::row_hash(table.id, row), txn::LockMode::exclusive));
  const Lsn read_at = target_.sequencer.read_point();
  TRY(const auto stored, stored_row(table.id, row));
  if (!stored) return {};
  const RowTransaction::Row was{row, *stored, read_at, std::nullopt};
  auto before = value::decode_document(*stored);
  if (!before) return fail(index::unreadable_row(row, before.error().what));
  // It may have been another's, or an action before this one's, to change.
  const auto values = values_of(table, child.key.columns, *before);
  if (!values || child.finder.key_of(*values) != child.found_by) return {};
  const bool stays = level.after != nullptr;
  const ReferenceAction action = stays ? child.key.on_update : child.key.on_delete;
  if (action == ReferenceAction::cascade && !stays) {
    return write(level, child.known, was, *before, std::nullopt);
  }
  value::ObjectBuilder after(*before);
  for (std::size_t i = 0; i < child.key.columns.size(); ++i) {
    const auto* column = table.find_column(child.key.columns[i]);
    const auto* parent = level.known.table->find_column(child.key.parent_columns[i]);
    const Value* given =
        action == ReferenceAction::cascade ? level.after->find(parent->name) : nullptr;
    after.set(column->name, given == nullptr ? Value() : *given);
  }
  return write(level, child.known, was, *before, std::move(after).build());
}

Status References::write(const Level& level, Known& child, const RowTransaction::Row& was,
                         const Value& before, std::optional<Value> after) {
  wrote_.insert(child.table->id);
  forget_parents();
  if (after) {
    // As a row that is new: the time of its last change is that of its own statements.
    auto kept = child.rules->apply(nullptr, *std::move(after), query_.evaluation, &target_.numbers);
    if (!kept) {
      if (kept.error().violation) violation_ = std::move(kept.error().violation);
      return fail(std::move(kept.error().error));
    }
    after = *std::move(kept);
    TRY_STATUS(replace(child, was, *after));
  } else {
    TRY_STATUS(transaction_.write(child.table->id, child.indexes.get(), was, query_));
  }
  const Level below{.known = child,
                    .before = &before,
                    .after = after ? &*after : nullptr,
                    .above = &level,
                    .depth = level.depth + 1};
  TRY_STATUS(look_for_parents(below));
  return tell_children(below);
}

// The key may be a part of the primary key.
Status References::replace(Known& child, const RowTransaction::Row& was, const Value& row) {
  const catalog::TableDefinition& table = *child.table;
  const Value* const primary = key_of(table, row);
  if (primary == nullptr) return fail(Code::internal, "A row was made without its primary key.");
  const Bytes key = value::encoded_key(*primary);
  Bytes document;
  value::Charge held(query_.evaluation.account);
  TRY_STATUS(value::encode_document(row, document, &held));
  TRY_STATUS(held.add(document.size()));
  RowTransaction::Row now = was;
  now.key = key;
  now.after = document;
  const bool moves = was.key != key;
  if (moves) {
    TRY_STATUS(lock(txn::row_hash(table.id, key), txn::LockMode::exclusive));
    now.read_at = target_.sequencer.read_point();
    now.stored.reset();
    TRY(const auto other, stored_row(table.id, key));
    if (other) return taken(child, IndexId{}, *primary);
    TRY_STATUS(transaction_.write(table.id, child.indexes.get(), was, query_));
  }
  TRY_STATUS(take_keys(child, key, row, *was.stored, document));
  return transaction_.write(table.id, child.indexes.get(), now, query_);
}

std::unexpected<Error> References::taken(const Known& child, IndexId index, const Value& key) {
  Violation violation;
  violation.kind = Violation::Kind::taken_by_child;
  violation.table = child.table->id;
  violation.index = index;
  violation.value = key;
  violation_ = std::move(violation);
  return fail(Code::already_exists,
              fmt::format("A row of table `{}` that refers to the row would get a key that "
                          "another has.",
                          child.table->name));
}

Status References::take_keys(Known& child, const Bytes& key, const Value& row, BytesView before,
                             const Bytes& after) {
  const TableId table = child.table->id;
  TRY(const auto gained,
      lock_gained_keys({target_.sequencer, target_.locks, transaction_.owner(), query_}, table,
                       child.unique, before, after, [&](const UniqueKey& wanted) {
                         return index::holder_of(newest(), table, wanted.index, wanted.entry, key);
                       }));
  if (gained.held) {
    const catalog::IndexDefinition& index = gained.held->index->definition();
    TRY(const Value shown, index::shown_key(*child.table, index, row, gained.held->entry));
    return taken(child, index.id, shown);
  }
  for (const UniqueKey& one : gained.keys) TRY_STATUS(transaction_.take_key(one, table, key));
  return {};
}

}  // namespace octavo::layout
