#pragma once

// The certification window: which keys were committed lately, and where. Two generations of a hash
// table; when the young one has taken `capacity` keys it becomes the old one, and the old one goes.
// `floor` is the position from which on nothing is missing. A function of the log alone: nodes that
// have read the same records hold the same window.

#include <cstdint>
#include <vector>

#include "base/lsn.h"
#include "txn/row_key.h"

namespace octavo::txn {

// All positions are of one partition, that of `after`.
class RecentWrites {
 public:
  RecentWrites(std::size_t capacity, Lsn after);

  // Before the first `stamp` of each record. True if the old generation was given up for it.
  bool begin_record();
  // `lsn` never decreases.
  void stamp(KeyHash key, Lsn lsn);

  // Whether `key` was committed after `snapshot`. The answer is only known for snapshots at or
  // above the floor.
  bool written_after(KeyHash key, Lsn snapshot) const;
  Lsn floor() const { return Lsn::of(partition_, old_.after); }
  // Where a replay that rebuilds this window starts: the first record after it is in.
  Lsn rebuild_from() const { return floor(); }
  std::size_t size() const { return young_.used + old_.used; }

 private:
  struct Entry {
    KeyHash key = 0;  // 0: free
    LsnOrder at{};
  };
  struct Generation {
    std::vector<Entry> entries;  // a power of two, or empty
    std::size_t used = 0;
    std::size_t stamps = 0;
    LsnOrder after{};  // the last record that is not in it
  };
  static Entry& place(Generation& generation, KeyHash key);
  static LsnOrder find(const Generation& generation, KeyHash key);
  static void grow(Generation& generation);

  LsnOrder order_of(const Lsn& lsn) const;

  std::size_t capacity_;
  std::uint16_t partition_;
  LsnOrder last_{};  // of all stamps
  Generation young_;
  Generation old_;
};

}  // namespace octavo::txn
