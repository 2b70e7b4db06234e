#pragma once

// What a reader sees: a store, at a snapshot or as it is, and perhaps changes that lie over it. All
// reads of rows and entries go through one, so that no way to a row misses a transaction's own
// changes. Without changes it is the store's own reads. Cheap to copy; any thread, but for changes,
// which belong to one at a time.

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "kv/overlay.h"
#include "kv/store.h"

namespace octavo::kv {

class View {
 public:
  // A null snapshot reads the newest state. `own`: what lies over it; null: nothing.
  View(const Store& store, SnapshotPointer snapshot,
       std::shared_ptr<const OverlayView> own = nullptr)
      : store_(&store), snapshot_(std::move(snapshot)), own_(std::move(own)) {}

  // As those of the store; the snapshot of `options` is this one's.
  Result<bool> get(Family family, BytesView key, Bytes& value, ReadOptions options = {}) const;
  Status multi_get(Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values, ReadOptions options = {}) const;
  std::unique_ptr<Cursor> cursor(Family family, CursorOptions options = {}) const;

  const Store& store() const { return *store_; }
  const SnapshotPointer& snapshot() const { return snapshot_; }
  const OverlayView* own() const { return own_.get(); }

 private:
  const Store* store_;
  SnapshotPointer snapshot_;
  std::shared_ptr<const OverlayView> own_;
};

}  // namespace octavo::kv
