#pragma once

// The definitions in force, kept in step with the log: the sequencer applies changes here,
// everybody else takes the published state.

#include <functional>

#include "base/mutex.h"
#include "catalog/change.h"
#include "kv/store.h"
#include "txn/hooks.h"

namespace octavo::engine {

class Definitions final : public txn::DdlHook {
 public:
  // Called after changes were published, by the holder of the sequencer role.
  using Listener =
      std::function<void(const catalog::CatalogState& before, const catalog::CatalogState& after)>;

  Status load(const kv::Store& rows);
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  catalog::CatalogPtr current() const;
  // Null while a change is on its way into the store: rows may be of the time after it already.
  catalog::CatalogPtr settled() const;

  Status on_ddl(BytesView ddl, Lsn lsn, std::int64_t time_ns, kv::WriteBatch& batch) override;
  void on_applied(Lsn lsn) override;
  void on_discarded() override;

 private:
  void store(const catalog::Change& change, const catalog::CatalogState& before,
             kv::WriteBatch& batch);

  mutable Mutex mutex_;
  catalog::CatalogPtr current_ OCTAVO_GUARDED_BY(mutex_);
  bool changing_ OCTAVO_GUARDED_BY(mutex_) = false;
  catalog::CatalogPtr next_;  // what the batch being applied makes of it; sequencer only
  Listener listener_;
};

// Completes the options of indexes that are new. What could not be applied must not get into the
// log: an index of a kind that is not known, or whose function does not decode, is refused.
Status prepare_new_indexes(const catalog::CatalogState& before, std::span<catalog::Change> changes);

// The transaction keys that keep definitions and row writes from passing each other unseen.
std::vector<txn::KeyHash> keys_written(std::span<const catalog::Change> changes);

}  // namespace octavo::engine
