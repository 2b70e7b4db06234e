#include "engine/alterations.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "catalog/references.h"
#include "index/registry.h"
#include "index/table_reader.h"
#include "index/unique.h"
#include "layout/row/row_finder.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::engine {
namespace {

using value::Value;

constexpr std::size_t kReadAtOnce = 256;

// Holds rows of a table against one of its foreign keys.
class ParentLooker {
 public:
  ParentLooker(const AlterationParts& parts, const catalog::TableDefinition& child,
               const catalog::ForeignKeyDefinition& key, const catalog::TableDefinition& parent)
      : child_(child),
        key_(key),
        parent_(std::make_shared<const catalog::TableDefinition>(parent)),
        indexes_(parts.indexes.of(parent_)),
        view_(parts.rows, parts.sequencer.snapshot().snapshot) {}

  const catalog::ForeignKeyDefinition& key() const { return key_; }
  // Under which its parent is; nothing: the row refers to nothing.
  Result<std::optional<Bytes>> wanted(const Value& row, layout::RowFinder& finder) const {
    const auto values = layout::values_of(child_, key_.columns, row);
    if (!values) return std::nullopt;
    auto wanted = finder.key_of(*values);
    if (!wanted) return fail(Code::internal, "A key of a parent cannot be made.");
    return wanted;
  }
  Result<layout::RowFinder> finder() const {
    return layout::RowFinder::make(*parent_, indexes_.get(), key_.parent_columns);
  }

  Status look(const Value& row, exec::QueryContext& context,
              std::optional<catalog::Violation>& violation) const {
    TRY(layout::RowFinder finder, this->finder());
    TRY(const auto wanted, this->wanted(row, finder));
    if (!wanted) return {};
    TRY(const auto found, finder.find(view_, *wanted, 1, context));
    return found.empty() ? no_parent(violation) : Status();
  }
  Status no_parent(std::optional<catalog::Violation>& violation) const {
    violation.emplace();
    violation->kind = catalog::Violation::Kind::no_parent;
    violation->table = child_.id;
    violation->foreign_key = key_.id;
    return fail(
        Code::invalid_argument,
        fmt::format("Constraint `{}` of table `{}` is violated: a row refers to one that is "
                    "not there.",
                    key_.name, child_.name));
  }

 private:
  const catalog::TableDefinition& child_;
  const catalog::ForeignKeyDefinition& key_;
  layout::TableDefinitionPtr parent_;
  std::shared_ptr<const index::IndexSet> indexes_;
  kv::View view_;
};

// For the new keys of a table that are not absent.
Result<std::vector<ParentLooker>> lookers_of(const AlterationParts& parts,
                                             const catalog::CatalogState& state,
                                             const catalog::Alteration& alteration,
                                             const catalog::TableDefinition& child) {
  std::vector<ParentLooker> out;
  for (const auto& added : alteration.new_references) {
    const auto* key =
        added.table == child.id ? catalog::find_foreign_key(child, added.key) : nullptr;
    if (key == nullptr) continue;
    const auto* parent = find_table(state, alteration.changes, key->parent);
    if (parent == nullptr) return fail(Code::internal, "A new foreign key has no parent.");
    out.emplace_back(parts, child, *key, *parent);
  }
  return out;
}

class Mover {
 public:
  Mover(const AlterationParts& parts, const catalog::RowsMoved& moved,
        layout::TableDefinitionPtr table, std::vector<ParentLooker> lookers,
        txn::TransactionBuilder& builder, exec::QueryContext& context)
      : parts_(parts),
        moved_(moved),
        lookers_(std::move(lookers)),
        table_(std::move(table)),
        builder_(builder),
        context_(context),
        held_(context) {}

  Status run() {
    TRY(rules_, layout::RowRules::make(table_));
    for (const auto& definition : table_->indexes) {
      if (!definition.unique) continue;
      TRY(auto opened, index::open_index(definition));
      unique_.push_back(std::move(opened));
    }
    const index::TableReader reader(kv::View(parts_.rows, parts_.sequencer.snapshot().snapshot));
    const algebra::Scan all{.table = moved_.from, .index = {}, .order = {}};
    TRY(const auto rows, reader.scan(all, index::IndexSet{}, kv::ReadTier::any));
    for (std::vector<Value> some;; some.clear()) {
      TRY_STATUS(context_.check());
      TRY_STATUS(rows->next(kReadAtOnce, some));
      if (some.empty()) return look_at_itself();
      for (const Value& row : some) TRY_STATUS(move(row));
    }
  }

  bool empty() const { return keys_.empty(); }
  std::optional<catalog::Violation> take_violation() { return std::move(violation_); }

 private:
  Status move(const Value& row) {
    TRY(Value made, moved_.made(row));
    auto kept = rules_->apply(nullptr, std::move(made), context_.evaluation, &parts_.numbers);
    if (!kept) {
      violation_ = std::move(kept.error().violation);
      return fail(std::move(kept.error().error));
    }
    const Value* key = layout::key_of(*table_, *kept);
    if (key == nullptr) return fail(Code::internal, "A row was made without its primary key.");
    Bytes document;
    TRY_STATUS(value::encode_document(*kept, document, &held_));
    TRY_STATUS(held_.add(2 * document.size()));
    Bytes encoded = value::encoded_key(*key);
    TRY_STATUS(take_unique(*kept, document, encoded));
    builder_.put(table_->id, encoded, std::nullopt, document);
    if (!keys_.insert(std::move(encoded)).second) return duplicate(IndexId{}, *key);
    return look_for_parents(*kept);
  }

  // Those that it refers to within the table may come later.
  Status look_for_parents(const Value& row) {
    for (const ParentLooker& looker : lookers_) {
      if (looker.key().parent != table_->id) {
        TRY_STATUS(looker.look(row, context_, violation_));
        continue;
      }
      const auto over = catalog::key_over(*table_, looker.key().parent_columns);
      if (over->index != nullptr && !over->index->unique) {
        return fail(Code::unsupported,
                    "A foreign key of a table that refers to itself by an index that is not unique "
                    "cannot be added while its rows are written again.");
      }
      TRY(const auto set, opened());
      TRY(layout::RowFinder finder,
          layout::RowFinder::make(*ready_, set, looker.key().parent_columns));
      TRY(auto wanted, looker.wanted(row, finder));
      if (!wanted) continue;
      TRY_STATUS(held_.add(wanted->size() + sizeof(Bytes)));
      wanted_.push_back({&looker,
                         over->index == nullptr ? *std::move(wanted)
                                                : txn::index_begin(over->index->id).append(*wanted),
                         over->index == nullptr});
    }
    return {};
  }

  Status look_at_itself() {
    for (const Wanted& wanted : wanted_) {
      const auto& there = wanted.primary ? keys_ : entries_;
      if (!there.contains(wanted.key)) return wanted.looker->no_parent(violation_);
    }
    return {};
  }

  // The indexes as they will be.
  Result<const index::IndexSet*> opened() {
    if (ready_ == nullptr) {
      auto ready = *table_;
      for (auto& index : ready.indexes) index.ready = true;
      ready_ = std::make_shared<const catalog::TableDefinition>(std::move(ready));
      set_ = std::make_shared<index::IndexSet>();
      for (const auto& definition : ready_->indexes) {
        TRY(auto index, index::open_index(definition));
        set_->indexes.push_back(std::move(index));
      }
    }
    return set_.get();
  }

  Status take_unique(const Value& row, const Bytes& document, const Bytes& key) {
    for (const auto& index : unique_) {
      std::vector<Bytes> entries;
      index->keys_of(document, entries);
      for (const Bytes& entry : entries) {
        Bytes name = txn::index_begin(index->definition().id).append(entry);
        TRY_STATUS(held_.add(name.size() + key.size()));
        if (entries_.insert(std::move(name)).second) continue;
        TRY(const Value shown, index::shown_key(*table_, index->definition(), row, entry));
        return duplicate(index->definition().id, shown);
      }
    }
    return {};
  }

  Status duplicate(IndexId index, const Value& key) {
    catalog::Violation violation;
    violation.kind = catalog::Violation::Kind::duplicate;
    violation.table = table_->id;
    violation.index = index;
    violation.value = key;
    violation_ = std::move(violation);
    return fail(Code::already_exists,
                fmt::format("Two rows of table `{}` have the same key.", table_->name));
  }

  struct Wanted {
    const ParentLooker* looker;
    Bytes key;
    bool primary;
  };

  const AlterationParts& parts_;
  const catalog::RowsMoved& moved_;
  std::vector<ParentLooker> lookers_;
  std::vector<Wanted> wanted_;  // rows of the table itself
  layout::TableDefinitionPtr ready_;
  std::shared_ptr<index::IndexSet> set_;
  layout::TableDefinitionPtr table_;
  txn::TransactionBuilder& builder_;
  exec::QueryContext& context_;
  exec::MemoryCharge held_;
  std::shared_ptr<const layout::RowRules> rules_;
  std::vector<std::shared_ptr<const index::Index>> unique_;
  std::set<Bytes> keys_;     // encoded
  std::set<Bytes> entries_;  // of unique indexes
  std::optional<catalog::Violation> violation_;
};

}  // namespace

const catalog::TableDefinition* find_table(const catalog::CatalogState& state,
                                           const catalog::Changes& changes, TableId id) {
  const auto* put = find_put(changes, id);
  return put == nullptr ? state.find_table(id) : put;
}

Status move_rows(const AlterationParts& parts, const catalog::CatalogState& state,
                 catalog::Alteration& alteration, txn::TransactionBuilder& builder,
                 exec::QueryContext& context, std::optional<catalog::Violation>& violation) {
  catalog::TableDefinition* const table = find_put(alteration.changes, alteration.rows->to);
  if (table == nullptr) return fail(Code::internal, "Rows are moved to a table that is not made.");
  TRY(auto lookers, lookers_of(parts, state, alteration, *table));
  Mover mover(parts, *alteration.rows, std::make_shared<const catalog::TableDefinition>(*table),
              std::move(lookers), builder, context);
  Status done = mover.run();
  violation = mover.take_violation();
  if (done && mover.empty()) {
    for (auto& index : table->indexes) index.ready = true;
  }
  return done;
}

Status look_at_references(const AlterationParts& parts, const catalog::CatalogState& state,
                          const catalog::Alteration& alteration, exec::QueryContext& context,
                          std::optional<catalog::Violation>& violation) {
  std::set<TableId> tables;
  for (const auto& added : alteration.new_references) tables.insert(added.table);
  if (alteration.rows) tables.erase(alteration.rows->to);
  for (const TableId id : tables) {
    const auto* child = find_table(state, alteration.changes, id);
    if (child == nullptr) return fail(Code::internal, "A new foreign key has no table.");
    TRY(const auto lookers, lookers_of(parts, state, alteration, *child));
    const index::TableReader reader(kv::View(parts.rows, parts.sequencer.snapshot().snapshot));
    const algebra::Scan all{.table = id, .index = {}, .order = {}};
    TRY(const auto rows, reader.scan(all, index::IndexSet{}, kv::ReadTier::any));
    for (std::vector<Value> some;; some.clear()) {
      TRY_STATUS(context.check());
      TRY_STATUS(rows->next(kReadAtOnce, some));
      if (some.empty()) break;
      for (const Value& row : some) {
        for (const ParentLooker& looker : lookers) {
          TRY_STATUS(looker.look(row, context, violation));
        }
      }
    }
  }
  return {};
}

}  // namespace octavo::engine
