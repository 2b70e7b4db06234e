#pragma once

// What the evaluator needs from the rest of the house: metadata, rows, writes, feeds and
// administration, for one user and one query. The engine implements it; tests use MemoryHost.
//
// Messages of errors reach the client as they are; error.h has the texts that every Host shares.
// Permission checks are the Host's («User `x` does not have the required `read` permission.»).
// Any call may fail with `would_block` in a mode where waiting is refused; the query then unwinds.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "base/id.h"
#include "base/result.h"
#include "dialect/reql/val.h"

namespace octavo::reql {

struct DatabaseInfo {
  DatabaseId id{};
  std::string name;
  std::string uuid;  // the text that clients see as its id
};

// Kinds of indexes that the language has words for.
constexpr std::string_view kPlainKind = "ordered";
constexpr std::string_view kGeoKind = "geo";

struct IndexInfo {
  IndexId id{};
  std::string name;
  algebra::ExprPtr function;  // a lambda row → key, or array of keys when `multi`
  bool multi = false;
  std::string kind{kPlainKind};
  std::uint8_t answers = 0;  // algebra/index_answers.h
  bool ready = true;
  double progress = 1.0;  // of the build
};

struct WriteHookInfo {
  algebra::ExprPtr function;  // a lambda (context, old, new) → new
};

// System tables (database `rethinkdb`) are tables too; the Host gives a table another id when it
// is asked for with identifier_format "uuid".
struct TableInfo {
  TableId id{};
  std::string name;
  std::string uuid;
  DatabaseInfo database;
  std::string primary_key = "id";
  std::vector<IndexInfo> indexes;  // sorted by name
  std::optional<WriteHookInfo> write_hook;
  bool system = false;
  // Primary keys are strings and binary data of any length and content.
  bool any_text_is_key = false;

  const IndexInfo* find_index(std::string_view index_name) const {
    for (const IndexInfo& index : indexes) {
      if (index.name == index_name) return &index;
    }
    return nullptr;
  }
};

enum class Pulled : std::uint8_t {
  rows,     // at least one was appended
  end,      // nothing was appended and nothing will be
  pending,  // nothing there yet, and the caller did not want to wait
};
struct PullOptions {
  std::size_t max_rows = 256;
  bool wait = true;  // false: feeds answer `pending`; only then does anybody
};

class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual Result<Pulled> pull(std::vector<Value>& out, const PullOptions& options) = 0;
};

// Something that a subscription has to tell.
struct FeedEvent {
  enum class Kind : std::uint8_t {
    initializing,  // states, sent when include_states asks for them
    ready,
    initial,    // new_val
    uninitial,  // old_val
    change,     // both; unset means null
    overflow,   // `skipped` events were dropped
  };
  Kind kind = Kind::change;
  std::optional<Value> old_val;
  std::optional<Value> new_val;
  std::optional<std::uint64_t> old_offset;  // limit feeds
  std::optional<std::uint64_t> new_offset;
  std::string cursor;  // when include_cursor asks for it
  std::uint64_t skipped = 0;
};

class Feed {
 public:
  virtual ~Feed() = default;
  // What is there, at most `max_events`; nothing means nothing yet.
  virtual Status poll(std::size_t max_events, std::vector<FeedEvent>& out) = 0;
  // Calls `ready` from any thread, once or twice, when `poll` may have something or fail. Takes the
  // place of an earlier `ready` that was not called.
  virtual void notify(std::function<void()> ready) = 0;
};

enum class FeedKind : std::uint8_t { range, point, limit };

struct FeedRequest {
  FeedKind kind = FeedKind::range;
  TablePtr table;
  // range: a Scan under Filter, Map and Unwind nodes, with keys and order of no importance;
  // point: the same over a KeySet of one key (a row that is filtered out reads as null);
  // limit: a Limit over an ordered Scan, with Filter and Map nodes in between.
  algebra::PlanPtr plan;
  std::optional<Value> key;  // point
  bool include_initial = false;
  bool include_states = false;
  bool include_offsets = false;
  bool include_cursor = false;
  std::optional<std::string> resume_after;  // a cursor of an earlier event of the same feed
  bool squash = false;                      // merge queued changes of one row
  double squash_seconds = 0.0;              // and wait this long for more
  std::size_t queue_limit = 100'000;
};

// What a write decides about one row.
struct RowEdit {
  enum class Action : std::uint8_t { keep, put, erase };
  Action action = Action::keep;
  Value row;
};

enum class WriteDurability : std::uint8_t { table_default, soft, hard };

struct WriteRequest {
  TablePtr table;
  std::vector<Value> keys;  // may repeat; a later edit sees the earlier ones
  // The edit of row keys[i], given the row or null. Called again when another transaction came in
  // between. An error leaves the row as it is and becomes that row's status.
  std::function<Result<RowEdit>(std::size_t i, const Value* current)> decide;
  // The edit of row keys[i] when what is stored there cannot be read, for writes that do not look
  // at it. Empty: the row's status says so.
  std::function<Result<RowEdit>(std::size_t i)> decide_unread;
  // Told a row as it will be, where the table keeps it in another form than was decided.
  std::function<void(std::size_t i, const Value& row)> stored;
  // Told the table as it is before rows are decided, and again before they are decided anew
  // because it was changed meanwhile.
  std::function<void(TablePtr table)> decide_for;
  WriteDurability durability = WriteDurability::table_default;
};

// A change of a row of table_config or db_config.
struct ConfigChange {
  Value old_val;
  Value new_val;
};

struct TableOptions {
  std::string primary_key = "id";
  WriteDurability durability = WriteDurability::table_default;
  std::uint32_t shards = 1;
  Value replicas;  // null, a number, or an object of tag → number
  std::optional<std::string> primary_replica_tag;
  Value nonvoting_replica_tags;  // null or an array of strings
};

struct ReconfigureOptions {
  std::optional<std::string> emergency_repair;
  TableOptions table;
  bool dry_run = false;
};

struct IndexOptions {
  bool multi = false;
  std::string kind{kPlainKind};
};

enum class WaitFor : std::uint8_t { outdated_reads, reads, writes, all_replicas };
enum class IdentifierFormat : std::uint8_t { name, uuid };

struct GrantScope {  // global when both are unset
  std::optional<DatabaseInfo> database;
  std::optional<std::string> table;
};

enum class Description : std::uint8_t { config, status };

class Host {
 public:
  virtual ~Host() = default;

  // Metadata. Null: there is no such thing.
  virtual Result<DatabasePtr> find_database(std::string_view name) = 0;
  virtual Result<TablePtr> find_table(const DatabaseInfo& database, std::string_view name,
                                      IdentifierFormat format) = 0;

  // Rows, each call at a snapshot of its own that is not older than the session's writes.
  virtual Result<std::unique_ptr<RowStream>> run(const algebra::PlanPtr& plan) = 0;
  virtual Result<std::optional<Value>> get(const TableInfo& table, const Value& key) = 0;
  virtual Result<std::uint64_t> estimate_count(const TableInfo& table) = 0;

  // One status per key. Atomic per row at least. An error of `decide` that ends the statement
  // (function::ends_statement) is that of the call: `indeterminate` when some rows were written.
  virtual Result<std::vector<Status>> write_rows(const WriteRequest& request) = 0;
  virtual Status sync(const TableInfo& table) = 0;

  virtual Result<std::unique_ptr<Feed>> subscribe(const FeedRequest& request) = 0;
  // Waits on this thread for feeds of this query that have nothing: `notify` is called with what
  // they are to call when they do. Fails when the query is stopped or out of time, and then feeds
  // may still call.
  using Notify = std::function<void(std::function<void()> ready)>;
  virtual Status wait(const Notify& notify) = 0;

  // Administration.
  virtual Result<ConfigChange> create_database(std::string_view name) = 0;
  // The tables that went with it, and its configuration.
  virtual Result<std::pair<std::uint64_t, ConfigChange>> drop_database(std::string_view name) = 0;
  virtual Result<std::vector<std::string>> list_databases() = 0;
  virtual Result<ConfigChange> create_table(const DatabaseInfo& database, std::string_view name,
                                            const TableOptions& options) = 0;
  virtual Result<ConfigChange> drop_table(const DatabaseInfo& database, std::string_view name) = 0;
  virtual Result<std::vector<std::string>> list_tables(const DatabaseInfo& database) = 0;

  virtual Status create_index(const TableInfo& table, std::string_view name,
                              const algebra::ExprPtr& function, const IndexOptions& options) = 0;
  virtual Status drop_index(const TableInfo& table, std::string_view name) = 0;
  virtual Status rename_index(const TableInfo& table, std::string_view from, std::string_view to,
                              bool overwrite) = 0;
  // The table's indexes as they are now; with `wait`, once all of `names` (or all) are ready.
  // Without their functions where the user may neither read nor configure the table.
  virtual Result<std::vector<IndexInfo>> index_status(const TableInfo& table,
                                                      const std::vector<std::string>& names,
                                                      bool wait) = 0;
  virtual Status set_write_hook(const TableInfo& table, std::optional<WriteHookInfo> hook) = 0;

  // Whole databases when `table` is null. `wait_ready` answers how many tables are ready.
  virtual Result<std::uint64_t> wait_ready(const DatabaseInfo& database, const TableInfo* table,
                                           WaitFor what, std::optional<double> timeout_s) = 0;
  virtual Result<Value> reconfigure(const DatabaseInfo& database, const TableInfo* table,
                                    const ReconfigureOptions& options) = 0;
  virtual Result<Value> rebalance(const DatabaseInfo& database, const TableInfo* table) = 0;
  virtual Result<ConfigChange> grant(std::string_view user, const GrantScope& scope,
                                     const Value& permissions) = 0;
  // permission_denied unless the user may change the configuration of `table`.
  virtual Status require_config(const TableInfo& table) = 0;
  // The row of `db_config`, `table_config` or `table_status` about it; null when there is none.
  // Whose configuration one may change, one may see; the status of tables is told to all.
  virtual Result<Value> describe(const DatabaseInfo& database, const TableInfo* table,
                                 Description what) = 0;
};

}  // namespace octavo::reql
