#include "engine/alterations.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "index/registry.h"
#include "index/table_reader.h"
#include "index/unique.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::engine {
namespace {

using value::Value;

constexpr std::size_t kReadAtOnce = 256;

class Mover {
 public:
  Mover(const AlterationParts& parts, const catalog::RowsMoved& moved,
        layout::TableDefinitionPtr table, txn::TransactionBuilder& builder,
        exec::QueryContext& context)
      : parts_(parts),
        moved_(moved),
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
      if (some.empty()) return {};
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
    return {};
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

  const AlterationParts& parts_;
  const catalog::RowsMoved& moved_;
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

catalog::TableDefinition* find_put(catalog::Changes& changes, TableId id) {
  for (catalog::Change& change : changes) {
    auto* put = std::get_if<catalog::PutTable>(&change);
    if (put != nullptr && put->table.id == id) return &put->table;
  }
  return nullptr;
}

}  // namespace

Status move_rows(const AlterationParts& parts, const catalog::RowsMoved& moved,
                 catalog::Changes& changes, txn::TransactionBuilder& builder,
                 exec::QueryContext& context, std::optional<catalog::Violation>& violation) {
  catalog::TableDefinition* const table = find_put(changes, moved.to);
  if (table == nullptr) return fail(Code::internal, "Rows are moved to a table that is not made.");
  Mover mover(parts, moved, std::make_shared<const catalog::TableDefinition>(*table), builder,
              context);
  Status done = mover.run();
  violation = mover.take_violation();
  if (done && mover.empty()) {
    for (auto& index : table->indexes) index.ready = true;
  }
  return done;
}

}  // namespace octavo::engine
