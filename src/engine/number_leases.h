#pragma once

// The numbers of AUTO_INCREMENT columns. They are leased through the log, many at a time, and given
// from memory: nobody gets one that was given before, and what was leased and not given when the
// process dies is a gap.

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "catalog/model.h"
#include "kv/store.h"
#include "layout/row/row_rules.h"
#include "txn/sequencer.h"

namespace octavo::engine {

// Thread-safe; waits for the log.
class NumberLeases final : public layout::Numbers {
 public:
  NumberLeases(const kv::Store& rows, txn::Sequencer& sequencer)
      : rows_(rows), sequencer_(sequencer) {}

  Result<std::uint64_t> take(const catalog::TableDefinition& table,
                             const catalog::ColumnDefinition& column, std::uint64_t count) override;
  // The same of what is leased already, without a wait; nothing: it has to be waited for.
  std::optional<std::uint64_t> take_leased(const catalog::TableDefinition& table,
                                           const catalog::ColumnDefinition& column,
                                           std::uint64_t count);
  Status passed(const catalog::TableDefinition& table, const catalog::ColumnDefinition& column,
                std::uint64_t number) override;
  // What would be given now.
  std::uint64_t next(const catalog::TableDefinition& table,
                     const catalog::ColumnDefinition& column);

  // Tables that are gone need no numbers.
  void keep_only(const catalog::CatalogState& state);
  // What was leased and not given can be given by the next run. After it nothing is given.
  Status give_back();

 private:
  struct Sequence {
    Mutex mutex;
    bool loaded OCTAVO_GUARDED_BY(mutex) = false;
    std::uint64_t next OCTAVO_GUARDED_BY(mutex) = 1;
    std::uint64_t leased OCTAVO_GUARDED_BY(mutex) = 1;  // below it
  };
  using Key = std::pair<TableId, ColumnId>;

  std::shared_ptr<Sequence> of(const Key& key);
  Result<std::uint64_t> stored(const Key& key) const;
  Status load(const Key& key, const catalog::TableDefinition& table, Sequence& sequence)
      OCTAVO_REQUIRES(sequence.mutex);
  static bool has_leased(const Sequence& sequence, std::uint64_t count)
      OCTAVO_REQUIRES(sequence.mutex);
  Status lease(const Key& key, std::uint64_t count, std::uint64_t most, Sequence& sequence)
      OCTAVO_REQUIRES(sequence.mutex);
  Status commit(const Key& key, std::uint64_t next, const Lsn& snapshot);

  const kv::Store& rows_;
  txn::Sequencer& sequencer_;
  Mutex mutex_;
  std::map<Key, std::shared_ptr<Sequence>> sequences_ OCTAVO_GUARDED_BY(mutex_);
};

// Under which the log and the store know it.
Bytes sequence_name(TableId table, ColumnId column);

}  // namespace octavo::engine
