#pragma once

// The keyspace as protocols and the sequencer see it. A batch that only reads runs at once;
// one that writes becomes a transaction, and runs, reads included, when its record is applied.

#include <atomic>
#include <functional>

#include "base/cancel.h"
#include "base/memory_pool.h"
#include "engine/access.h"
#include "keyspace/keyspace.h"
#include "keyspace/room.h"
#include "layout/keyspace/changes.h"
#include "layout/keyspace/snapshots.h"
#include "txn/sequencer.h"

namespace octavo::txn {
// What the sequencer carries for us: the batch whose record is being applied.
class LocalCommands {
 public:
  explicit LocalCommands(keyspace::LocalBatch& batch) : batch_(batch) {}
  keyspace::LocalBatch& batch() { return batch_; }

 private:
  keyspace::LocalBatch& batch_;
};
}  // namespace octavo::txn

namespace octavo::exec {
class SpillFile;
class SpillSpace;
}  // namespace octavo::exec

namespace octavo::engine {

// A batch on its way, and for whom: calls that the caller may not make when it is submitted answer
// with an error and do nothing. Lives with its connection, as does the caller; used again for the
// next batch once completed.
class KeyspaceSubmission : private txn::Submission {
 public:
  KeyspaceSubmission(keyspace::LocalBatch& batch, Caller& caller)
      : caller_(caller), local_batch_(batch) {}
  ~KeyspaceSubmission() override = default;

  keyspace::LocalBatch& batch() { return local_batch_.batch(); }

 protected:
  // Once per `submit`, from any thread, perhaps within it; quick, and without waiting. With an OK
  // status the replies are in the batch's buffer; otherwise nothing was done and none are.
  virtual void applied(const Status& status, const Lsn& lsn) = 0;

 private:
  friend class KeyspaceFacade;
  void complete(txn::Verdict verdict) final;
  // The transaction has a copy of the arguments, as long as it is on its way.
  void hold(MemoryPool& pool, std::size_t bytes);
  void let_go();

  Caller& caller_;
  txn::LocalCommands local_batch_;
  txn::TransactionBuilder builder_;
  MemoryPool* held_of_ = nullptr;
  std::size_t held_bytes_ = 0;  // of a large one
};

// Runs the logged commands of one transaction: what replay does, of the log or for a feed's past.
[[nodiscard]] Status replay_transaction(keyspace::Keyspace& keyspace, const txn::OpsView& ops,
                                        std::uint32_t first_op, const Lsn& lsn,
                                        std::int64_t time_ns);

class KeyspaceFacade final : public txn::KeyspaceHook {
 public:
  KeyspaceFacade(Clock& clock, layout::KeyspaceState state)
      : clock_(clock),
        owned_(std::move(state.keyspace)),
        keyspace_(*owned_),
        changes_(keyspace_),
        room_(keyspace_, clock_),
        applied_(state.applied) {}

  // What large requests take on their way is noted in `requests`.
  void connect(txn::Sequencer& sequencer, MemoryPool& requests) {
    sequencer_ = &sequencer;
    requests_ = &requests;
  }

  // Where files without names are made, for what is too much for memory.
  void set_scratch(exec::SpillSpace& scratch) { scratch_ = &scratch; }
  // As SpillSpace::create. After `set_scratch`.
  Result<std::unique_ptr<exec::SpillFile>> scratch_file();

  // Which tables have feeds, and whether there is any at all; set when replay is over.
  struct Interest {
    std::function<bool()> any;
    layout::KeyspaceChanges::Wanted table;
  };
  void set_interest(Interest interest) { interest_ = std::move(interest); }
  // What the record that was applied last changed in tables with feeds. By the sequencer.
  std::vector<algebra::ChangeSetPtr> take_changes() { return std::move(record_changes_); }
  // For Redis's keyspace notifications.
  layout::KeyspaceChanges& changes() { return changes_; }

  // For reading settings and statistics, and for waiting; commands go through `submit`.
  keyspace::Keyspace& keyspace() { return keyspace_; }

  // The time that decides what has expired, as records will have it.
  std::int64_t now_ms() { return now_ns() / 1'000'000; }
  std::int64_t now_ns() { return clock_.wall_ns(); }

  // Whoever brings calls that need memory has asked for room before.
  void submit(KeyspaceSubmission& submission);
  // The same for the engine itself, which may do anything, waiting; not for an I/O thread.
  Result<Lsn> commit(keyspace::LocalBatch& batch);
  // After `submit` of a batch that stopped in front of a long read: runs that, on a thread that may
  // compute; the rest of the batch is to be submitted again.
  void run_deferred(keyspace::LocalBatch& batch, const CancelToken& token);
  // Makes what the batch's one long write will put in its place, on a thread that may compute.
  void prepare(keyspace::LocalBatch& batch, keyspace::PreparedWrite& prepared,
               const CancelToken& token);
  // Until that moment of the monotonic clock, `expire_some` leaves keys whose time has come: they
  // are absent to readers, and stay.
  void hold_expiry(std::int64_t until_ns) { expiry_held_until_ns_ = until_ns; }
  keyspace::KeyspaceRoom& room() { return room_; }
  // For calls with so many bytes of arguments. `resource_exhausted` when there is no room and the
  // policy gives up no key. Waits.
  Status make_room(std::size_t bytes);
  // Logs evictions while the data is above its limit; true when there may be more. Of a copy of
  // another server's keys (Keyspace::is_copy) only that says what goes, here and below.
  bool evict_some();
  // Logs deletions of keys, and of fields of hashes, whose time has come: so many of each. True
  // when there may be more.
  bool expire_some(std::size_t limit);

  Lsn applied() const override { return applied_; }
  Status apply(const txn::KeyspaceRecord& record) override;

 private:
  Clock& clock_;
  std::unique_ptr<keyspace::Keyspace> owned_;
  keyspace::Keyspace& keyspace_;
  layout::KeyspaceChanges changes_;
  keyspace::KeyspaceRoom room_;
  Interest interest_;
  std::vector<algebra::ChangeSetPtr> record_changes_;
  txn::Sequencer* sequencer_ = nullptr;
  MemoryPool* requests_ = nullptr;
  exec::SpillSpace* scratch_ = nullptr;
  std::atomic<std::int64_t> expiry_held_until_ns_{0};
  Lsn applied_;
};

}  // namespace octavo::engine
