#pragma once

// What a record of the log does to the state: certify, apply to rows and keyspace, publish the new
// tip, tell the feeds. One caller at a time, in log order; only the tip may be read from anywhere.

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "kv/store.h"
#include "log/record.h"
#include "txn/applier.h"
#include "txn/certifier.h"
#include "txn/history.h"
#include "txn/hooks.h"
#include "txn/read_watch.h"
#include "txn/sequencer.h"

namespace octavo::txn {

// The submissions of one record on its way through the log.
struct Flight {
  std::uint64_t token = 0;
  std::vector<Submission*> submissions;
  std::vector<Verdict> verdicts;  // as many, once the record came back
};
void answer_all(Flight& flight, const Error& error);

// A record's payload starts with these two bytes; docs/formats/transaction.md.
inline constexpr std::uint8_t kPayloadFormat = 1;
inline constexpr std::uint8_t kDecided = 1;  // flag: every transaction here has committed
inline constexpr std::size_t kPayloadPrefix = 2;

class StateMachine {
 public:
  StateMachine(kv::Store& store, const Hooks& hooks, Authority authority, std::size_t window_keys);

  // Loads what replay needs to know, and says where it starts; zero is before all records.
  Result<Lsn> open(const log::ClusterId& cluster, std::uint16_t partition);
  // Replay is over: whether rows and keyspace got what they claimed to have.
  Status go_live(Lsn log_tail);
  bool live() const { return live_; }

  // `own` is the flight of the record if it is one of ours; its verdicts are filled then. Out of
  // disk space is not an error: the record is kept and waits for `catch_up`.
  Status process(const log::RecordView& record, Flight* own);
  bool is_behind() const { return !stuck_.empty(); }
  // Applies what had to wait; `resource_exhausted` if it still has to.
  Status catch_up();
  // Moves the rows' position to the tip, although nothing in between changed rows.
  Status advance_rows(Lsn log_head);

  // Replay that rebuilds the window reads from here on.
  Lsn window_start() const;

  Certifier& certifier() { return *certifier_; }
  std::vector<CommitListener*>& listeners() { return listeners_; }

  ReadWatches& watches() { return watches_; }  // from any thread

  // From any thread.
  Lsn tip() const { return Lsn::of(partition_, tip_.load(std::memory_order_acquire)); }
  std::int64_t tip_time_ns() const { return tip_time_ns_.load(std::memory_order_acquire); }
  void add_to(SequencerStats& stats) const;

 private:
  struct Entry {
    TransactionView view;
    const Footprint* footprint = nullptr;
    LocalCommands* local = nullptr;
    const PreparedRows* prepared = nullptr;
    std::uint32_t first_op = 0;
  };
  // A record that could not be applied for want of disk space. It is in the log, so it is the
  // future.
  struct Stuck {
    log::RecordView record;  // its payload points into `payload`
    Bytes payload;
    std::optional<Committed> committed;  // if certified already
    bool is_void = false;
  };

  Status check_cluster(const log::ClusterId& cluster);
  Status process(const log::RecordView& record, Flight* own, Stuck* again);
  Status read_entries(const log::RecordView& record, const Flight* own, bool& decided);
  Status decode_entries(const log::RecordView& record);
  Status decide(const log::RecordView& record, bool decided, bool replayed);
  Status certify(const log::RecordView& record);
  Status apply_rows(const log::RecordView& record, bool is_void);
  Status fill_batch(const log::RecordView& record);
  Status apply_keyspace(const log::RecordView& record);
  void publish(const log::RecordView& record);
  void tell_listeners(const log::RecordView& record);
  void answer(Flight& flight, const log::RecordView& record);
  void keep_stuck(const log::RecordView& record, bool certified, bool is_void);

  kv::Store& store_;
  const Hooks hooks_;
  const bool sole_;
  const std::size_t window_keys_;
  std::optional<Certifier> certifier_;
  History history_;
  Applier applier_;
  ReadWatches watches_;
  std::deque<Stuck> stuck_;
  std::vector<CommitListener*> listeners_;
  bool window_moved_ = false;

  // Replay.
  bool live_ = false;
  Lsn start_;             // where it begins
  Lsn rows_applied_;      // it changes rows after this only
  Lsn keyspace_applied_;  // likewise
  Lsn window_from_;       // records after this are in the window
  bool saw_rows_applied_ = false;

  // The record in hand.
  std::vector<Entry> entries_;
  std::deque<Footprint> footprints_;
  Committed committed_;
  std::size_t commits_ = 0;
  std::vector<std::pair<std::size_t, Verdict>> losers_;
  std::vector<KeyspaceTransaction> keyspace_transactions_;
  std::vector<CommittedTransaction> committed_transactions_;

  std::uint16_t partition_ = 0;  // of the log, from `open` on
  std::atomic<LsnOrder> tip_{};
  std::atomic<std::int64_t> tip_time_ns_ = 0;
  std::atomic<std::uint64_t> records_ = 0;
  std::atomic<std::uint64_t> committed_total_ = 0;
  std::atomic<std::uint64_t> lost_total_ = 0;
  std::atomic<std::uint64_t> replayed_ = 0;
  std::atomic<std::uint64_t> window_size_ = 0;
};

}  // namespace octavo::txn
