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

// A position of partition 0 in one word, in log order.
std::uint64_t pack_lsn(Lsn lsn);
Lsn unpack_lsn(std::uint64_t packed);

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
  Lsn floor() const { return unpack_lsn(old_.after); }
  // Where a replay that rebuilds this window starts: the first record after it is in.
  Lsn rebuild_from() const { return floor(); }
  std::size_t size() const { return young_.used + old_.used; }

 private:
  struct Entry {
    KeyHash key = 0;  // 0: free
    std::uint64_t packed = 0;
  };
  struct Generation {
    std::vector<Entry> entries;  // a power of two, or empty
    std::size_t used = 0;
    std::size_t stamps = 0;
    std::uint64_t after = 0;  // the last record that is not in it
  };
  static Entry& place(Generation& generation, KeyHash key);
  static std::uint64_t find(const Generation& generation, KeyHash key);
  static void grow(Generation& generation);

  std::size_t capacity_;
  std::uint64_t last_ = 0;  // of all stamps
  Generation young_;
  Generation old_;
};

}  // namespace octavo::txn
