#pragma once

// The sequencer: orders, certifies and applies every change. It is a role and not a thread: whoever
// submits and finds it free takes it, and serves what others submitted meanwhile in one log
// record. See docs/notes/0001-house.md.
//
// Verdicts. With `Authority::sole` (this process alone writes the log) losers are found
// before the append and never reach the log. With `Authority::shared` every node certifies when the
// record comes back, by the same function of the log, and remembers who lost.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/lsn.h"
#include "base/result.h"
#include "kv/store.h"
#include "log/commit_log.h"
#include "txn/hooks.h"
#include "txn/read_watch.h"
#include "txn/transaction.h"

namespace octavo::txn {

struct Verdict {
  Status status;  // conflict, already_exists, not_found: lost; indeterminate, ...: see `submit`
  Lsn lsn;        // of the record, when it committed
  std::uint32_t position = 0;  // of the transaction within the record
  // A retry of a write that was done before; `lsn` and `position` are those of the first time.
  bool duplicate = false;
};

// One waiting transaction. Intrusive: lives with its submitter until `complete` is called, which
// may destroy it. Use `TransactionBuilder::finish` and a reused Submission to commit without
// allocating.
class Submission {
 public:
  Submission() = default;
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;
  virtual ~Submission() = default;

  const Transaction* transaction = nullptr;  // not null when submitted
  LocalCommands* local = nullptr;
  const PreparedRows* prepared = nullptr;  // for its rows; may be null

  // Once per `submit`, by whichever thread holds the sequencer role, perhaps within `submit`. Must
  // be quick and must not block; it may submit again.
  virtual void complete(Verdict verdict) = 0;

 private:
  friend class Sequencer;
  friend class SubmissionQueue;
  Submission* next_ = nullptr;
};

// A position and the rows as they are there: neither more nor less.
struct ReadPoint {
  Lsn lsn;
  kv::SnapshotPointer snapshot;
};

// `sole` wants a log that delivers within `append`.
enum class Authority : std::uint8_t { sole, shared };

struct SequencerOptions {
  Authority authority = Authority::sole;
  // Shared only: called from the log's thread when verdicts are ready; arranges for a call of
  // `poll` from another one.
  std::function<void()> on_ready;
  // Keys per generation of the certification window; two are kept. The same on all nodes of a
  // shared log. 16 bytes each, allocated as they come.
  std::size_t window_keys = std::size_t{1} << 19;
  // A record is closed when it has grown to this.
  std::size_t record_bytes = 4 * kMiB;
  std::size_t record_transactions = 4096;
};

struct SequencerStats {
  std::uint64_t records = 0;
  std::uint64_t committed = 0;
  std::uint64_t conflicts = 0;  // lost a race or a guard
  std::uint64_t refused = 0;    // not tried: log or storage cannot take writes
  std::uint64_t replayed_records = 0;
  std::uint64_t window_keys = 0;
};

class Sequencer final {
 public:
  Sequencer(log::CommitLog& log, kv::Store& store, Clock& clock, Hooks hooks,
            SequencerOptions options = {});
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Replays what rows or keyspace lack and goes live. `corrupt` if rows and log do not belong
  // together or the log lost what rows already have.
  Status start(log::ReplayProgress progress = {});

  // Hands a transaction over; the verdict comes by `complete`. OK means applied: visible to every
  // read that starts now. After `indeterminate` it is in the log, or may be: it may have happened,
  // or will. After any other error nothing was changed.
  void submit(Submission& submission);
  // The same, waiting. Not for an I/O thread.
  Verdict commit(const Transaction& transaction, LocalCommands* local = nullptr,
                 const PreparedRows* prepared = nullptr);
  // The same for a thread that may not wait. Nothing: another one has the role, or verdicts come
  // later; it was not submitted.
  std::optional<Verdict> try_commit(const Transaction& transaction,
                                    const PreparedRows* prepared = nullptr);

  // Shared only: answers submissions whose records came back.
  void poll();

  Authority authority() const;

  // Everything up to here is visible.
  Lsn tip() const;
  // Time of the record at the tip.
  std::int64_t tip_time_ns() const;
  // Never waits for a commit that is being applied.
  ReadPoint snapshot() const;
  // For reads of single rows at the newest state, without a kv snapshot: take this first, then
  // read; a commit in between is later than it, and so is found by certification.
  Lsn read_point() const { return tip(); }

  // For transactions whose reads must be still so when they commit. `Authority::sole` only.
  ReadWatches& watches();

  // Feeds. A listener misses nothing after the position that `add_listener` returns; not to be
  // called from a hook or a listener.
  Lsn add_listener(CommitListener& listener);
  // When it returns, the listener is not being called and never will be.
  void remove_listener(CommitListener& listener);
  // Runs `action` while nothing is being applied, in line with commits: for things that must see
  // rows, keyspace and feeds at one position. Must be short.
  void run_exclusive(const std::function<void(Lsn tip)>& action);

  // Makes rows durable up to the tip, so that the log before it is not needed for them. Blocks.
  Status checkpoint();
  // Until the log is on the disk with the record at `lsn`: what must come before anything that
  // knows the record. Blocks.
  Status wait_until_durable(Lsn lsn);
  // Where replay of rows would start after a power cut: the log is needed from here on.
  Lsn rows_replay_from() const;

  // For readers of a shared log: whether a transaction of a record before the tip committed.
  Result<bool> committed(Lsn lsn, std::uint32_t position) const;

  SequencerStats stats() const;

  // Refuses new submissions, answers those that wait. Call before the log's `stop`. Idempotent.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
  kv::Store& store_;
};

}  // namespace octavo::txn
