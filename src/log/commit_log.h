#pragma once

// The one order of all changes. Back ends (local files, memory, a remote log) differ in nothing
// that this interface shows; log/contract_test.cc holds every back end to it.
//
// Rules that callers may rely on:
// * `append` only says that the record was handed over. What happened is told by `on_record`,
//   in log order, one record at a time, never two at once. A local log calls it before `append`
//   returns; a remote log later, from a thread of its own.
// * A failed `append` changed nothing that anybody can see.
// * Readers see a record after the consumer has seen it.
// * Every callback is called exactly once, also at `stop` (with `unavailable`).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/durability.h"
#include "base/lsn.h"
#include "base/result.h"
#include "log/record.h"

namespace octavo::log {

class Consumer {
 public:
  virtual ~Consumer() = default;
  // An error means that this node could not apply the record for reasons of its own (disk,
  // memory): the log stops delivering and appending, for good. A verdict that follows from the
  // record and the state, "aborted" included, is not an error.
  virtual Status on_record(const RecordView& record) = 0;
};

// Follows the log from a position, independently of the consumer. Belongs to one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next record, or nothing at the tail. `out_of_range` when the position was trimmed away;
  // `corrupt` when stored bytes fail their checks.
  virtual Result<std::optional<RecordView>> next() = 0;
  // Calls `wake` once, when `next` may have more to say: at once if it has already, else from
  // the appending thread, so it must be quick (post, or notify). Also called at stop.
  // Arming again replaces an earlier `wake`; destroying the reader drops it, and waits for a
  // `wake` that is running.
  virtual void notify_on_append(std::move_only_function<void()> wake) = 0;
  // Where the next record will start.
  virtual Lsn position() const = 0;
};

struct AppendRequest {
  RecordKind kind = RecordKind::transactions;
  std::uint32_t transaction_count = 0;
  std::int64_t wall_ns = 0;  // record time is the larger of this and the log clock
  std::uint64_t token = 0;   // comes back as `RecordView::token`; 0 if not wanted
  // Who wrote it, if that is not this log's own incarnation: for a broker that stores what several
  // nodes append.
  std::optional<Origin> origin;
  std::span<const BytesView> payload;  // pieces, written one after the other
};

// How much history is kept for its own sake, in segments; a zero is no limit.
struct RetentionPolicy {
  std::uint64_t max_bytes = 0;
  std::int64_t max_age_ns = 0;
};

struct LogStats {
  std::uint64_t appended_records = 0;
  std::uint64_t appended_bytes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t retained_bytes = 0;
  std::uint64_t segments = 0;
};

using ReplayProgress = std::move_only_function<void(Lsn done, Lsn until)>;
using DurableCallback = std::move_only_function<void(Status)>;
using FenceCallback = std::move_only_function<void(Result<Lsn>)>;

class CommitLog {
 public:
  virtual ~CommitLog() = default;

  // Delivers every stored record from `from` on, then an `incarnate` record of its own, then is
  // live. `from` is a record start or the tail; before `head()` is `out_of_range`. `progress` may
  // be empty; it is called after every few MiB.
  virtual Status start(Lsn from, Consumer& consumer, ReplayProgress progress) = 0;

  // Whether a record is delivered within the `append` that took it: then this process alone writes
  // the log, and may judge before it appends.
  virtual bool delivers_inline() const = 0;

  // Calls must not overlap: the caller holds the sequencer role; nor be made from `on_record`.
  // Returns the origin sequence of the new record. `resource_exhausted` (disk full) passes when
  // there is room again; `unavailable` does not pass.
  virtual Result<std::uint64_t> append(const AppendRequest& request) = 0;
  // Why the next append would be refused, as far as is known. Never blocks.
  virtual Status writable() const = 0;

  // Calls back when the record that starts at `lsn` and all before it are that durable: inline if
  // they are already, else from a thread of the log. `out_of_range` for a position that the log has
  // not given out: nobody could say when.
  virtual void when_durable(Lsn lsn, Durability durability, DurableCallback done) = 0;
  virtual bool is_durable(Lsn lsn, Durability durability) const = 0;

  // Of a thread that would sleep until then: makes on it durable what waits to be on the disk,
  // where that takes little, so that no other thread has to be woken for it, nor this one
  // afterwards. It may do nothing: ask `is_durable`. Not while a record is appended on this thread.
  virtual void sync_here() {}

  // From a record start, `head()` or `tail()`; else `out_of_range`. Readers must not outlive the
  // log.
  virtual Result<std::unique_ptr<Reader>> read(Lsn from) = 0;

  virtual Lsn head() const = 0;  // the oldest record still there
  virtual Lsn tail() const = 0;  // where the next record will start, of those delivered
  // How many bytes reading from `from` to `to` would take, about; 0 if there is nothing between.
  virtual std::uint64_t bytes_between(Lsn from, Lsn to) const = 0;

  // Gives up records before `upto`, in whole segments; the live one stays. Readers inside keep
  // what they have open.
  virtual Status trim(Lsn upto) = 0;
  // The lowest position that `policy` keeps. Trim to the minimum of this and every position
  // from which somebody may still have to read.
  virtual Lsn retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const = 0;

  // Calls back when everything appended by anybody before this call was delivered: what a
  // linearizable read waits for. Fences that wait together share one record.
  virtual void fence(FenceCallback done) = 0;

  virtual const ClusterId& cluster() const = 0;
  virtual LogStats stats() const = 0;

  // Makes everything durable, answers everyone who waits, and refuses from then on. Idempotent.
  virtual void stop() = 0;
};

}  // namespace octavo::log
