#pragma once

// Reads what a scan has left in parts, some of them on threads that are idle (base/helpers.h), and
// gives the rows in the order of the scan, so that nobody above sees a difference.
//
// A part is read into chunks by whoever is in it, one thread at a time: the query's own, which is
// in the part whose rows come next or, when a helper is in that one, in a later part; or a helper,
// which reads one chunk and leaves. So the query's thread waits for one chunk of another's at most,
// and goes on alone when nobody helps.
//
// Memory. At most 2 · helpers + 2 parts are begun (a reader each, charged to the query) and at most
// `most_chunks` chunks of a part wait; no chunk is begun while those that wait have `most_bytes`,
// or a sixteenth of the queries' memory, nor while three quarters of that are in use. So what is
// read ahead has `most_bytes` and a chunk for each thread. A chunk is a batch with the keys and,
// where they are kept, the documents of its rows; it has an account of its own in the pool of the
// query's, as an account is for one thread at a time: the limit of the query's own does not count
// it. What a chunk is refused is not an error: from then on the query's thread reads alone, on its
// own account.
//
// Errors come where the scan would have met them: after the rows before them.
//
// What threads share: copies of one view, which has a snapshot and neither changes of its own nor
// notes (index::is_shareable), the store, and the list of wanted fields, which nobody changes. Each
// part has a reader, each chunk a decoder. No expression is evaluated here.

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "base/condition.h"
#include "base/helpers.h"
#include "base/mutex.h"
#include "layout/row/field_chunk.h"
#include "layout/row/part_cutter.h"
#include "layout/row/parted_options.h"

namespace octavo::layout {

class PartedFields final : private Help {
 public:
  // Of parts that are cut by bytes.
  static constexpr std::uint64_t kLeastPartBytes = 32 * kKiB;
  static constexpr std::uint64_t kMostPartBytes = 16 * kMiB;

  // `account`: of the query, in use when this is made and used. It and `helpers` outlive this.
  struct Given {
    index::TableReader table;
    std::vector<value::FieldRequest> fields;
    value::Account* account;
    Helpers& helpers;
    PartedOptions options;
  };
  // `part_bytes`: to begin with. `readers`: paid for those of all parts.
  PartedFields(Given given, PartCutter cutter, std::uint64_t part_bytes, value::Charge readers);
  ~PartedFields() override;
  PartedFields(const PartedFields&) = delete;
  PartedFields& operator=(const PartedFields&) = delete;

  // How many parts are begun at a time.
  static std::size_t most_parts(const Helpers& helpers);

  // The next rows; null at the end. Good until the next call. After an error it is not called.
  Result<FieldChunk*> next();
  // Of chunks that are begun from now on.
  void keep_documents(bool keep) { keeps_.store(keep, std::memory_order_relaxed); }

 private:
  struct Chunk;
  struct Part;
  struct Filled;

  bool step() noexcept override;
  Part* claim() OCTAVO_REQUIRES(mutex_);          // without the mutex while it cuts
  Part* cut() OCTAVO_REQUIRES(mutex_);            // likewise
  void work(Part& part) OCTAVO_REQUIRES(mutex_);  // without it while it reads
  void put(Part& part, Filled filled) OCTAVO_REQUIRES(mutex_);
  bool is_full() const OCTAVO_REQUIRES(mutex_);
  void wake_helpers() OCTAVO_REQUIRES(mutex_);
  void recycle(std::unique_ptr<Chunk> chunk) OCTAVO_REQUIRES(mutex_);
  FieldChunk* take(Part& front) OCTAVO_REQUIRES(mutex_);
  std::unique_ptr<Chunk> make_chunk(bool alone) const;
  Filled fill(Part& part, std::unique_ptr<Chunk> chunk, bool alone);
  Status begin(Part& part) const;
  Status read(Part& part, Chunk& chunk, bool& ended);

  const Given given_;
  MemoryPool* const pool_;  // of accounts of chunks; null: nothing is charged
  const std::size_t most_parts_;
  const std::size_t most_bytes_;
  value::Charge readers_;
  PartCutter cutter_;  // of whoever has set `cutting_`
  std::atomic<bool> keeps_{false};

  Mutex mutex_;
  Condition changed_;                                // for the query's thread
  std::list<Part> parts_ OCTAVO_GUARDED_BY(mutex_);  // in the order of the scan
  std::vector<std::unique_ptr<Chunk>> spare_ OCTAVO_GUARDED_BY(mutex_);
  std::unique_ptr<Chunk> current_ OCTAVO_GUARDED_BY(mutex_);  // what `next` has given
  std::uint64_t part_bytes_ OCTAVO_GUARDED_BY(mutex_);
  std::size_t bytes_waiting_ OCTAVO_GUARDED_BY(mutex_) = 0;
  bool cutting_ OCTAVO_GUARDED_BY(mutex_) = false;
  bool all_cut_ OCTAVO_GUARDED_BY(mutex_) = false;
  bool alone_ OCTAVO_GUARDED_BY(mutex_) = false;   // memory was refused
  bool asleep_ OCTAVO_GUARDED_BY(mutex_) = false;  // a helper had nothing to do
};

}  // namespace octavo::layout
