#include "engine/virtual_tables.h"

#include <algorithm>

#include "base/assert.h"
#include "index/index.h"
#include "value/key.h"

namespace octavo::engine {
namespace {

using value::Value;

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

Bytes encoded_key_of(const Value& row, std::string_view primary_key) {
  const Value* key = row.find(primary_key);
  ASSERT(key != nullptr);
  return value::encoded_key(*key);
}

// As a write finds it, computed anew: what came before it may have changed the table.
Result<std::optional<Value>> current_row(const VirtualTableSets& sets, TableId table,
                                         const Value& key, const catalog::CatalogState& definitions,
                                         const exec::QueryContext& query) {
  const auto held = sets.find(table);
  if (!held) return table_gone();
  TRY(const auto rows, held->rows(table, definitions, query));
  const Bytes wanted = value::encoded_key(key);
  for (const Value& row : rows) {
    if (encoded_key_of(row, held->primary_key(table)) == wanted) return row;
  }
  return std::nullopt;
}

class ComputedRows final : public exec::RowCursor {
 public:
  explicit ComputedRows(std::vector<std::pair<Bytes, Value>> rows) : rows_(std::move(rows)) {}

  Status next(std::size_t max_rows, exec::Rows& out) override {
    for (; max_rows > 0 && at_ < rows_.size(); --max_rows) {
      out.push_back(std::move(rows_[at_++].second));
    }
    return {};
  }

 private:
  std::vector<std::pair<Bytes, Value>> rows_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<VirtualTableSets::Entry> VirtualTableSets::add(const VirtualTables& tables) {
  const ExclusiveLock lock(mutex_);
  all_.push_back(&tables);
  return std::make_unique<Entry>(*this, tables);
}

VirtualTableSets::Entry::~Entry() {
  const ExclusiveLock lock(sets_.mutex_);
  std::erase(sets_.all_, &tables_);
}

// Unchecked: the lock goes to the caller, which the analysis cannot follow.
VirtualTableSets::Held VirtualTableSets::find(TableId table) const OCTAVO_UNCHECKED_LOCKING {
  mutex_.lock_shared();
  for (const VirtualTables* tables : all_) {
    if (tables->ids().holds(table) && tables->has(table)) return {mutex_, *tables};
  }
  mutex_.unlock_shared();
  return {};
}

Result<std::shared_ptr<const VirtualSource::Rows>> VirtualSource::rows(
    TableId table, const exec::QueryContext& query) const {
  if (!query.may_wait) return fail(Code::would_block, "Rows are computed on worker threads.");
  const auto known = computed_.find(table);
  if (known != computed_.end()) return known->second;
  const auto held = sets_.find(table);
  if (!held) return table_gone();
  TRY(auto rows, held->rows(table, *definitions_, query));
  const auto keyed = std::make_shared<Rows>();
  keyed->reserve(rows.size());
  for (Value& row : rows) {
    Bytes key = encoded_key_of(row, held->primary_key(table));
    keyed->emplace_back(std::move(key), std::move(row));
  }
  std::ranges::sort(*keyed, {}, &KeyedRow::first);
  return computed_[table] = keyed;
}

// Of each of its ranges or keys, as of a table that is stored.
Result<VirtualSource::Rows> VirtualSource::selected(const algebra::Scan& scan,
                                                    const exec::QueryContext& query) const {
  if (scan.index) return fail(Code::not_found, "The index does not exist any more.");
  TRY(const auto all, rows(scan.table, query));
  Rows out;
  for (const index::EntryRange& range : index::primary_ranges(scan)) {
    auto at = std::ranges::lower_bound(*all, range.lower, {}, &KeyedRow::first);
    for (; at != all->end() && index::contains(range, at->first); ++at) out.push_back(*at);
  }
  if (scan.order) std::ranges::sort(out, {}, &KeyedRow::first);
  if (scan.order == algebra::Direction::descending) std::ranges::reverse(out);
  return out;
}

Result<std::unique_ptr<exec::RowCursor>> VirtualSource::open(const algebra::Scan& scan,
                                                             exec::QueryContext& query) const {
  TRY(auto rows, selected(scan, query));
  return std::make_unique<ComputedRows>(std::move(rows));
}

Result<std::optional<Value>> VirtualSource::get(TableId table, const Value& key,
                                                exec::QueryContext& query) const {
  TRY(const auto all, rows(table, query));
  const Bytes wanted = value::encoded_key(key);
  const auto found = std::ranges::lower_bound(*all, wanted, {}, &KeyedRow::first);
  if (found == all->end() || found->first != wanted) return std::nullopt;
  return found->second;
}

Result<std::uint64_t> VirtualSource::count(const algebra::Scan& scan,
                                           exec::QueryContext& query) const {
  TRY(const auto rows, selected(scan, query));
  return rows.size();
}

Result<exec::RowWritesDone> write_virtual_rows(const VirtualTableSets& sets,
                                               const DefineFor& define,
                                               const exec::RowWrites& writes,
                                               exec::QueryContext& query) {
  if (!query.may_wait) return fail(Code::would_block, "Definitions are changed on worker threads.");
  exec::RowWritesDone done;
  const auto ended = [&done](const Error& error) {
    return fail(done.changed ? partly_done(error) : error);
  };
  for (std::size_t i = 0; i < writes.keys.size(); ++i) {
    // Each is much work: a record of the log, and the hash of a password may take a second.
    if (const Status go_on = query.evaluation.check_now(); !go_on) return ended(go_on.error());
    bool acts = false;
    const auto decide =
        [&](const catalog::CatalogState& state) -> Result<std::vector<catalog::Change>> {
      TRY(const auto current, current_row(sets, writes.table, writes.keys[i], state, query));
      // It may read tables of these itself.
      TRY(const auto edit, writes.decide(i, current ? &*current : nullptr));
      acts = edit.action != exec::RowEdit::Action::keep;
      if (!acts) return std::vector<catalog::Change>();
      const Value after = edit.action == exec::RowEdit::Action::put ? edit.row : Value();
      const auto held = sets.find(writes.table);
      if (!held) return table_gone();
      return held->change(writes.table, state, current.value_or(Value()), after);
    };
    const auto defined = define(decide);
    if (!defined && function::ends_statement(defined.error().code)) return ended(defined.error());
    if (defined && acts) {
      done.changed = true;
      done.lsn = std::max(done.lsn, *defined);
    }
    done.rows.push_back(defined ? Status() : fail(defined.error()));
  }
  return done;
}

}  // namespace octavo::engine
