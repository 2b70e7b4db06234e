#pragma once

// Changes that are not in a store, and lie over it for those who may see them: what a transaction
// has written and not committed. Of a key, what it had at each moment that somebody still looks at
// is kept, so that a reader is not disturbed by what is written while it reads, and what was
// written after a mark can be taken back.
//
// One thread at a time.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/memory_pool.h"
#include "kv/write_batch.h"

namespace octavo::kv {

class OverlayView;

class Overlay : public std::enable_shared_from_this<Overlay> {
 public:
  // Counts the changes: a moment is before or after each of them.
  enum class Moment : std::uint64_t {};

  // What is kept is charged to `memory`, and given back when it is not kept any more. Keys are kept
  // to the end.
  explicit Overlay(MemoryPool& memory);
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  // `resource_exhausted`: nothing was changed.
  Status put(Family family, BytesView key, BytesView value) { return write(family, key, value); }
  Status erase(Family family, BytesView key) { return write(family, key, std::nullopt); }
  // So many bytes beside the changes, for what belongs to them.
  Status charge(std::size_t bytes) { return memory_.grow(bytes); }
  void give_back(std::size_t bytes) { memory_.shrink(bytes); }

  // A moment that `undo_to` may go back to, until it is let go. The same may be taken again.
  Moment mark();
  void release(Moment mark);
  // As it was at `mark`, which is still there. Views of later moments lose what they saw.
  void undo_to(Moment mark);

  // What it holds now.
  std::shared_ptr<const OverlayView> view();
  bool empty() const { return now_ == Moment{}; }  // nothing was ever written

 private:
  friend class OverlayView;
  friend class MergedCursor;
  struct Version {
    Moment moment{};
    std::shared_ptr<const Bytes> value;  // null: erased
  };
  using Versions = std::vector<Version>;                 // oldest first
  using Table = std::map<Bytes, Versions, std::less<>>;  // keys stay, with no versions perhaps
  struct Change {
    Versions* versions;
    Moment moment{};
  };

  Status write(Family family, BytesView key, std::optional<BytesView> value);
  bool looked_at(Moment from, Moment to) const;
  void give_back(const Version& version);
  void drop_unseen(Versions& versions, Moment next);
  void compact_undo();

  MemoryReservation memory_;
  Moment now_{};
  Table tables_[kFamilyCount];
  std::multiset<Moment> marks_;
  std::multiset<Moment> views_;
  std::vector<Change> undo_;  // since the oldest mark
  std::size_t compact_at_;    // when there are so many of them
};

// What an overlay held at one moment.
class OverlayView {
 public:
  ~OverlayView();
  OverlayView(const OverlayView&) = delete;
  OverlayView& operator=(const OverlayView&) = delete;

  enum class Found : std::uint8_t { nothing, value, erased };
  struct Entry {
    Found found = Found::nothing;
    BytesView value;  // good until the overlay changes
  };
  Entry find(Family family, BytesView key) const;
  // Whether there is any change of a key in [begin, end); an empty `end`: to the end.
  bool changes(Family family, BytesView begin, BytesView end) const;

 private:
  friend class Overlay;
  friend class MergedCursor;
  explicit OverlayView(std::shared_ptr<Overlay> overlay);
  const Overlay::Version* at_moment(const Overlay::Versions& versions) const;
  const Overlay::Table& table(Family family) const {
    return overlay_->tables_[static_cast<std::size_t>(family)];
  }

  std::shared_ptr<Overlay> overlay_;
  Overlay::Moment moment_;
};

}  // namespace octavo::kv
