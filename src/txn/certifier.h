#pragma once

// Who commits: first committer wins, over the window of recent writes, plus guards and retry tokens
// against the newest rows. Within one record, earlier transactions count as committed. A row that
// was read below the window is judged by its version, if its transaction says where it read each.

#include <cstdint>
#include <optional>
#include <vector>

#include "kv/store.h"
#include "txn/recent_writes.h"
#include "txn/retries.h"
#include "txn/transaction.h"

namespace octavo::txn {

struct Judgement {
  enum class Kind : std::uint8_t {
    commits,
    lost,       // `why` is conflict, already_exists, not_found or invalid_argument
    duplicate,  // done before: `first`
    unclear,    // asks for a row that an earlier transaction of the same record changes
    failed,     // `why`: could not be judged, storage cannot be read
  };
  Kind kind = Kind::commits;
  Error why;
  FirstTime first;
};

class Certifier {
 public:
  // `stamps_tables`: a committed write counts as one of its table as well, for those who have read
  // all of it (`table_rows_hash`).
  Certifier(const kv::Store& store, std::size_t window_keys, Lsn after, bool stamps_tables = false)
      : store_(store), window_(window_keys, after), stamps_tables_(stamps_tables) {}

  // Forgets what was staged. `time_ns` is the log's: retries are known by it.
  void begin_record(std::int64_t time_ns);
  // Whether what was read is still so; neither guards nor retry tokens.
  Judgement judge_writes(const TransactionView& transaction, const Footprint& footprint) const;
  Judgement judge(const TransactionView& transaction, const Footprint& footprint) const;
  // Counts as committed for the rest of this record.
  void stage(const TransactionView& transaction, const Footprint& footprint);

  // Once the record has its place: its committed keys enter the window. True if the window's
  // floor moved.
  bool begin_stamps() { return window_.begin_record(); }
  void stamp(const TransactionView& transaction, const Footprint& footprint, Lsn lsn);
  const RecentWrites& window() const { return window_; }

 private:
  bool staged(KeyHash key) const;
  void stage_key(KeyHash key);
  void grow_staged();
  template <class Visit>
  void for_each_table(const TransactionView& transaction, Visit&& visit) const;
  Judgement judge_each(const TransactionView& transaction, const Footprint& footprint) const;
  Judgement judge_below(const TransactionView& transaction, const Footprint& footprint) const;
  Judgement judge_version(TableId table, BytesView key, bool was_there, Lsn read_at) const;
  Judgement judge_guard(const Guard& guard) const;
  Judgement judge_retry(const RetryToken& retry) const;

  const kv::Store& store_;
  RecentWrites window_;
  const bool stamps_tables_;
  std::uint64_t retry_period_ = 0;

  // Keys staged for this record: open addressing, an entry counts if its epoch is the current one.
  struct Staged {
    KeyHash key = 0;
    std::uint64_t epoch = 0;
  };
  std::vector<Staged> staged_ = std::vector<Staged>(64);
  std::size_t staged_count_ = 0;
  std::uint64_t epoch_ = 0;

  mutable Bytes value_;
};

}  // namespace octavo::txn
