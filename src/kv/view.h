#pragma once

// What a reader sees: a store, at a snapshot or as it is, and perhaps changes that lie over it. All
// reads of rows and entries go through one, so that no way to a row misses a transaction's own
// changes. Without changes it is the store's own reads. Cheap to copy; any thread, but for changes
// and notes, which belong to one at a time.

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "kv/overlay.h"
#include "kv/store.h"

namespace octavo::kv {

// Is told what is looked at in a view, before it is.
class ReadNotes {
 public:
  virtual ~ReadNotes() = default;
  virtual void key(Family family, BytesView key) = 0;
  // [lower, upper); an empty end is none.
  virtual void range(Family family, BytesView lower, BytesView upper) = 0;
};

class View {
 public:
  // A null snapshot reads the newest state. `own`: what lies over it; null: nothing. `notes`: null:
  // nobody is told.
  View(const Store& store, SnapshotPointer snapshot,
       std::shared_ptr<const OverlayView> own = nullptr, std::shared_ptr<ReadNotes> notes = nullptr)
      : store_(&store),
        snapshot_(std::move(snapshot)),
        own_(std::move(own)),
        notes_(std::move(notes)) {}

  // As those of the store; the snapshot of `options` is this one's.
  Result<bool> get(Family family, BytesView key, Bytes& value, ReadOptions options = {}) const;
  Status multi_get(Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values, ReadOptions options = {}) const;
  std::unique_ptr<Cursor> cursor(Family family, CursorOptions options = {}) const;

  // Whether somebody is told what is read.
  bool notes() const { return notes_ != nullptr; }
  // Of what is known about keys in a range without a cursor over them.
  void note_range(Family family, BytesView lower, BytesView upper) const {
    if (notes_ != nullptr) notes_->range(family, lower, upper);
  }

  const Store& store() const { return *store_; }
  const SnapshotPointer& snapshot() const { return snapshot_; }
  const OverlayView* own() const { return own_.get(); }

 private:
  const Store* store_;
  SnapshotPointer snapshot_;
  std::shared_ptr<const OverlayView> own_;
  std::shared_ptr<ReadNotes> notes_;
};

}  // namespace octavo::kv
