#pragma once

// The facade that protocols see. One Engine owns the data directory: log, rows, keyspace,
// definitions, feeds. Calls may come from any thread; each states whether it may wait.
//
// Durability is not waited for here: calls that change something return the LSN of their record,
// and the caller passes it to `when_durable` with what it promised its client.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/durability.h"
#include "base/lsn.h"
#include "base/result.h"
#include "base/retry_token.h"
#include "catalog/alteration.h"
#include "catalog/change.h"
#include "catalog/model.h"
#include "engine/access.h"
#include "engine/index_builds.h"
#include "engine/keyspace_facade.h"
#include "engine/keyspace_saver.h"
#include "engine/process_memory.h"
#include "engine/table_hold.h"
#include "engine/transaction.h"
#include "engine/virtual_tables.h"
#include "exec/context.h"
#include "exec/operator.h"
#include "exec/write.h"
#include "index/registry.h"
#include "io/file.h"
#include "stream/feeds.h"

namespace octavo::engine {

struct Options {
  std::string directory;
  std::shared_ptr<ProcessMemory> memory;  // null: one of its own, of half of the machine's
  std::uint64_t log_segment_bytes = 64 * kMiB;
  std::uint64_t log_retention_bytes = kGiB;
  std::int64_t log_retention_age_ns = 0;  // 0: no wish
  // Where queries put rows that they cannot hold in memory, and how much all of them may put there.
  // The directory is the engine's alone. Empty: in the data directory; 0: half of what is free.
  std::string spill_directory;
  std::uint64_t spill_limit_bytes = 0;
  // Rows are flushed and the keyspace dumped when a restart would have to replay more than this.
  std::uint64_t checkpoint_log_bytes = 256 * kMiB;
  io::FileSystem* file_system = &io::posix_file_system();
  // What `close` may take for a snapshot of the keyspace. It is given up then: the log has it all,
  // and the next start replays more of it.
  Nanoseconds close_snapshot_limit = std::chrono::seconds(2);
  Clock* clock = &system_clock();
  // Addresses at which other machines reach a listener: the administrator must keep a password
  // then.
  std::vector<std::string> public_addresses;
  bool rows_in_memory = false;  // tests: no RocksDB files
  // Tests: records come back from the log so much after their append, as from a remote one.
  Nanoseconds log_delay{0};
};

// A running query. Belongs to one thread at a time; `context` given at its start must outlive it.
class Query {
 public:
  virtual ~Query() = default;
  // As exec::Operator::next.
  virtual Status next(std::size_t max_rows, exec::Rows& out) = 0;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(Options options);
  virtual ~Engine() = default;

  // Names this data set, for ever; the text form of a UUID.
  virtual std::string instance_uuid() const = 0;

  // Ends feeds, stops background work, makes everything durable. Calls after it are refused. An
  // error says that something which was acknowledged may not be on the disk.
  virtual Status close() = 0;

  // Who may do what.
  virtual Access& access() = 0;

  // --- Definitions ---
  virtual catalog::CatalogPtr catalog() const = 0;
  // Decides changes on the newest definitions and commits them for `user`, who must be allowed to
  // make them; decided again when other definitions came in between. Options of new indexes are
  // completed; what their kind does not know is refused. What was created or dropped is
  // in force when this returns.
  using Decide = DecideDefinitions;
  virtual Result<Lsn> define(std::string_view user, const Decide& decide) = 0;
  // The same for changes that concern rows as well. Waits for the writes of a table whose rows it
  // moves, and until new indexes are built: not for an I/O thread. `violation`: of a rule of the
  // new definition that a row breaks.
  virtual Result<Lsn> alter(const catalog::DecideAlteration& decide, exec::QueryContext& context,
                            std::optional<catalog::Violation>& violation) = 0;
  // The first of `count` numbers for an AUTO_INCREMENT column, which nobody else gets, now or after
  // a restart. May wait for the log. `out_of_range`: its type has no more.
  virtual Result<std::uint64_t> take_numbers(TableId table, ColumnId column, std::uint64_t count,
                                             exec::QueryContext& context) = 0;
  // What the next one would be; 1 where there is no such column.
  virtual std::uint64_t next_number(TableId table) = 0;
  // Calls back when the index is built, is gone, or cannot be built.
  virtual void when_index_ready(TableId table, IndexId index,
                                std::move_only_function<void(Status)> done) = 0;
  virtual std::optional<IndexProgress> index_progress(IndexId index) const = 0;
  // The kinds of indexes that there are: their ids, for definitions, and what each answers.
  virtual std::span<const index::KindRow> index_kinds() const = 0;

  // --- Rows. Refused unless the context's user may read (write) every table concerned; a query or
  // feed ends when the right to read is taken away. ---
  virtual Result<std::unique_ptr<Query>> query(const algebra::PlanPtr& plan,
                                               exec::QueryContext& context) = 0;
  virtual Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                                  exec::QueryContext& context) = 0;
  virtual Result<exec::RowWritesDone> write(const exec::RowWrites& writes,
                                            exec::QueryContext& context) = 0;
  virtual Result<std::uint64_t> estimate_count(TableId table, exec::QueryContext& context) = 0;

  // --- Transactions: those above run in the one that their context names. ---
  // Before the engine is closed it has ended.
  virtual std::unique_ptr<Transaction> begin(const TransactionOptions& options) = 0;
  // Locks rows for the context's transaction, whether or not they are there; waits as the context
  // says. Which of them it has now: all, unless it skips those that others hold. The user may read
  // (shared) or write (exclusive) the table.
  virtual Result<std::vector<bool>> lock_rows(TableId table, std::span<const value::Value> keys,
                                              LockMode mode, exec::QueryContext& context) = 0;

  // Locks whole tables until what is returned is destroyed, which is before the engine is closed:
  // for those whose context names it, others wait that write rows of them, or change their
  // definitions. All or none; waits as the context says, so on a worker. The user may read the
  // table, and write it where the lock is exclusive.
  virtual Result<std::unique_ptr<exec::HeldTables>> hold_tables(std::span<const TableLock> locks,
                                                                exec::QueryContext& context) = 0;

  // Virtual tables, found by plans and writes while what is returned lives.
  virtual std::unique_ptr<VirtualTableSets::Entry> add(const VirtualTables& tables) = 0;

  // The pools that protocols take from as well.
  virtual ProcessMemory& memory() = 0;

  // --- Feeds ---
  // The context must outlive the feed.
  virtual Result<stream::SubscriptionPtr> subscribe(stream::FeedKind kind,
                                                    const algebra::PlanPtr& plan,
                                                    stream::FeedOptions options,
                                                    exec::QueryContext& context) = 0;

  // --- Durability ---
  virtual void when_durable(Lsn lsn, Durability durability,
                            std::move_only_function<void(Status)> done) = 0;
  virtual bool is_durable(Lsn lsn, Durability durability) const = 0;
  // As of log/commit_log.h: the caller would sleep otherwise, and nobody else needs its thread.
  virtual void sync_here() = 0;
  virtual Lsn tail() const = 0;         // everything committed so far is before this
  virtual Lsn last_commit() const = 0;  // the newest record
  // How far the log has come, for people to look at: a number that only grows.
  virtual std::uint64_t log_place() const = 0;

  // Why nothing can be written now: a full disk, a failed sync. Never blocks.
  virtual std::optional<Error> writes_refused() const = 0;

  // --- Keyspace ---
  virtual KeyspaceFacade& keyspace() = 0;
  virtual bool keyspace_in_use() const = 0;  // holds at least one key
  // Writes a snapshot of the keyspace soon, beside running commands; calls back, on a thread of the
  // engine's, when it is on the disk or could not be written.
  virtual void save_keyspace(std::move_only_function<void(Status)> done) = 0;
  virtual KeyspaceSaves keyspace_saves() const = 0;

  // --- Writes that clients may send a second time ---
  // What is known of writes that may come again (`RowWrites::done_before`). Nothing: of that
  // session none for half an hour. May read from the disk.
  virtual Result<std::optional<RetriedSession>> retried(BytesView session) const = 0;
};

}  // namespace octavo::engine
