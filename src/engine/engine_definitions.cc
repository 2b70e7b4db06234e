#include <fmt/format.h>

#include "catalog/references.h"
#include "engine/administrator.h"
#include "engine/engine_impl.h"

namespace octavo::engine {
namespace {

// The table as it was; one that takes another's place has its uuid.
const catalog::TableDefinition* table_before(const catalog::CatalogState& state,
                                             std::span<const catalog::Change> changes,
                                             const catalog::TableDefinition& table) {
  if (const auto* same = state.find_table(table.id)) return same;
  for (const catalog::Change& change : changes) {
    const auto* drop = std::get_if<catalog::DropTable>(&change);
    const auto* dropped = drop == nullptr ? nullptr : state.find_table(drop->id);
    if (dropped != nullptr && dropped->uuid == table.uuid) return dropped;
  }
  return nullptr;
}

}  // namespace

Status EngineImpl::may_change(std::string_view user, const catalog::CatalogState& state,
                              std::vector<catalog::Change>& changes, bool checks_references) {
  TRY_STATUS(access_.require(user, state, changes));
  TRY_STATUS(catalog::settle_references(state, changes, checks_references));
  TRY_STATUS(may_refer(user, state, changes));
  TRY_STATUS(prepare_new_indexes(state, changes));
  return check_administrator(changes, options_.public_addresses);
}

// Who makes a table refer to another has a say in what may become of that one's rows. Where that is
// not there yet, nobody will be asked when it is.
Status EngineImpl::may_refer(std::string_view user, const catalog::CatalogState& state,
                             std::span<const catalog::Change> changes) {
  for (const catalog::Change& change : changes) {
    const auto* put = std::get_if<catalog::PutTable>(&change);
    if (put == nullptr) continue;
    const auto* before = table_before(state, changes, put->table);
    for (const auto& key : put->table.foreign_keys) {
      const auto* old = before == nullptr ? nullptr : catalog::find_foreign_key(*before, key.id);
      if (old != nullptr && old->parent == key.parent && old->absent == key.absent) continue;
      if (key.absent && old == nullptr) {
        const auto* database = state.find_database(key.absent->database);
        TRY_STATUS(access_.require(user, catalog::Permission::config,
                                   database == nullptr ? std::nullopt : std::optional(database->id),
                                   std::nullopt));
      }
      const auto* parent = state.find_table(key.parent);
      if (parent == nullptr) continue;  // made by the same changes, or absent
      TRY_STATUS(access_.require(user, catalog::Permission::config, parent->database, parent->id));
    }
  }
  return {};
}

Result<Lsn> EngineImpl::define(std::string_view user, const Decide& decide) {
  return change_definitions(
      [&](const catalog::CatalogState& state) -> Result<std::vector<catalog::Change>> {
        TRY(auto changes, decide(state));
        TRY_STATUS(may_change(user, state, changes));
        return changes;
      });
}

Result<txn::Verdict> EngineImpl::commit_changes(const catalog::Changes& changes,
                                                const Lsn& snapshot,
                                                txn::TransactionBuilder& builder) {
  builder.set_snapshot(snapshot);
  builder.ddl(catalog::encode_changes(changes));
  for (const txn::KeyHash key : keys_written(changes)) builder.write_key(key);
  TRY(const auto* const transaction, builder.finish());
  txn::Verdict verdict = sequencer_->commit(*transaction);
  const bool again = !verdict.status && verdict.status.error().code == Code::conflict;
  if (!verdict.status && !again) return fail(verdict.status.error());
  return verdict;
}

std::unexpected<Error> kept_conflicting() {
  return fail(Code::conflict,
              fmt::format("The change kept conflicting with other changes of definitions; gave up "
                          "after {} attempts.",
                          kMaxDefineAttempts));
}

Result<Lsn> EngineImpl::change_definitions(const Decide& decide) {
  for (int attempt = 0; attempt < kMaxDefineAttempts; ++attempt) {
    const Lsn snapshot = sequencer_->read_point();
    const auto state = definitions_.current();
    TRY(const auto changes, decide(*state));
    if (changes.empty()) return snapshot;
    txn::TransactionBuilder builder;
    TRY(const txn::Verdict verdict, commit_changes(changes, snapshot, builder));
    if (verdict.status) return verdict.lsn;
  }
  return kept_conflicting();
}

void EngineImpl::definitions_changed(const catalog::CatalogState& before,
                                     const catalog::CatalogState& after) {
  if (!after.has_rights_of(before)) access_.changed();
  if (feeds_ != nullptr && !feeds_->hub().idle()) tell_feeds(before, after);
  if (builds_ != nullptr) builds_->look();
  if (numbers_) numbers_->keep_only(after);
}

void EngineImpl::tell_feeds(const catalog::CatalogState& before,
                            const catalog::CatalogState& after) {
  for (const auto* table : before.all_tables()) {
    const auto* now = after.find_table(table->id);
    if (now == nullptr) {
      feeds_->hub().close(table->id, {Code::not_found, "The table was dropped."});
    } else if (now != table) {
      feeds_->hub().wake(table->id);
    }
  }
  if (!after.has_rights_of(before)) feeds_->hub().wake_all();
}

Status EngineImpl::mark_index_ready(TableId table, IndexId index) {
  TRY_STATUS(change_definitions([&](const catalog::CatalogState& state) {
    return catalog::edit_table(state, table, [&](catalog::TableDefinition& edited) -> Status {
      for (auto& definition : edited.indexes) {
        if (definition.id == index) definition.ready = true;
      }
      return {};
    });
  }));
  return {};
}

}  // namespace octavo::engine
