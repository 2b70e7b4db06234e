#pragma once

// What transactions have read, held against what is committed after they read it: a transaction of
// which all reads are still so when it commits happened at that moment, as if it had been alone.
// The judge of SERIALIZABLE where one process alone writes the log; no record knows of it.
//
// Changed keys are kept only while somebody watches. Who has read what so many others changed that
// they are not kept any more has lost.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/lsn.h"
#include "base/mutex.h"
#include "kv/view.h"
#include "kv/write_batch.h"

namespace octavo::txn {

class ReadWatches;

// The reads of one transaction: keys and ranges, with the position of the state that they were read
// in. They may become coarser (all of a table), never fewer. Used by one thread at a time.
class ReadWatch : public std::enable_shared_from_this<ReadWatch> {
 public:
  // Sees what is committed from now on: made before the first state is read. By `make_shared`.
  explicit ReadWatch(ReadWatches& watches);
  ~ReadWatch();
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

  // For a view of the state at `at`.
  std::shared_ptr<kv::ReadNotes> notes_at(Lsn at);

  void add_key(kv::Family family, BytesView key, Lsn at);
  // [lower, upper); an empty end is none.
  void add_range(kv::Family family, BytesView lower, BytesView upper, Lsn at);

  // Something is read again until nothing changes: what was read since the last call counts no
  // more. Until `end_passes`.
  void begin_pass();
  void end_passes();

  bool empty() const { return main_.empty() && pass_.empty(); }
  // Whether nothing that was read has changed since, as far as records are applied.
  bool still_so();
  // Whether all that was read was so at one moment, that of the last read.
  bool was_so_at_once();

 private:
  friend class ReadWatches;
  struct Range {
    Bytes lower;  // with the family in front, as all keys here
    Bytes upper;
    Lsn at;
  };
  struct Reads {
    std::map<Bytes, Lsn, std::less<>> keys;
    std::vector<Range> ranges;
    std::size_t bytes = 0;

    bool empty() const { return keys.empty() && ranges.empty(); }
    void add(Bytes key, Lsn at);
    void add(Range range);
    void merge(Reads&& other);
    void make_coarse();
    bool has(BytesView lower, BytesView upper, Lsn changed) const;  // no `upper`: one key
  };

  Reads& reads() { return in_pass_ ? pass_ : main_; }
  // Looks at what was committed since the last time. False: not all of it is known.
  bool catch_up();

  ReadWatches& watches_;
  Reads main_;
  Reads pass_;
  bool in_pass_ = false;
  Lsn last_read_;
  std::uint64_t next_ = 0;      // the first block that was not looked at
  std::optional<Lsn> changed_;  // where something that was read first changed
  bool is_lost_ = false;        // what was committed is not known any more
};

class ReadWatches {
 public:
  // What may be kept for watches that do not look at it.
  static constexpr std::size_t kMostBytes = 32 * kMiB;

  // The changes of a record, in their order, after they were applied and before the next record is
  // judged.
  void applied(const kv::WriteBatch& batch, Lsn lsn);

 private:
  friend class ReadWatch;
  // Changed keys of a record: u8 whether a range, u32 size, key [, u32 size, its end].
  struct Block {
    Lsn lsn;
    Bytes changes;
  };

  void trim() OCTAVO_REQUIRES(mutex_);

  std::atomic<std::size_t> watching_ = 0;
  Mutex mutex_;
  std::set<ReadWatch*> watches_ OCTAVO_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const Block>> blocks_ OCTAVO_GUARDED_BY(mutex_);
  std::uint64_t first_ OCTAVO_GUARDED_BY(mutex_) = 0;  // the number of the first block
  std::size_t bytes_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

}  // namespace octavo::txn
