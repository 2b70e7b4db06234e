#pragma once

// A result that a client reads in several calls. It lives in the service's table (cursors.h), may
// be read by another connection than the one that opened it, and is idle in between.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"
#include "catalog/model.h"
#include "exec/context.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;
struct Reply;

constexpr std::size_t kFirstBatchRows = 101;
constexpr std::size_t kMaxBatchBytes = 16 * kMiB;  // of BSON; one row may be more

struct BatchLimits {
  std::size_t rows = kFirstBatchRows;
  std::size_t bytes = kMaxBatchBytes;
};

// A table as it was when a cursor began to read it.
struct CursorSource {
  TableId table{};
  std::string uuid;
  std::string ns;  // "database.collection"
};
// 175 where it is gone by now, or is called otherwise.
Status check_source(const catalog::CatalogState& state, const CursorSource& source);

struct CursorTraits {
  bool tailable = false;    // its end is not the end: rows may be added
  bool await_data = false;  // and getMore waits for them
  bool no_timeout = false;
  bool change_stream = false;
  // Of how many rows it is known that there are no more: it ends with the last of them. One that
  // says nothing ends when it has found no further row, as MongoDB's do.
  std::optional<std::uint64_t> limit = {};
};

// One thread at a time. What a cursor reads is read under its own context, which its query is
// started with and which follows the statement that reads it.
class Cursor {
 public:
  // `ns`: "database.collection", as getMore names it.
  Cursor(CommandCall& call, std::string ns, CursorTraits traits = {});
  virtual ~Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  const std::string& ns() const { return ns_; }
  const CursorTraits& traits() const { return traits_; }
  exec::QueryContext& context() { return context_; }

  // Up to `most` further rows, behind `out`. False: there are none behind those; of a tailable one:
  // for now. Called again after that only where it is tailable.
  virtual Result<bool> next(std::size_t most, std::vector<value::Value>& out) = 0;
  // Of a tailable one: calls `wake` once, on any thread, when there may be more.
  virtual void notify(std::function<void()> wake) { wake(); }
  // What stands beside the rows of a batch (postBatchResumeToken).
  virtual void describe_batch(std::vector<value::Field>& fields) { static_cast<void>(fields); }
  // A tailable one has come to its true end: its collection is gone.
  virtual bool is_dead() const { return false; }

  // What it takes of the server's memory while nobody reads it, and its last batch is gone. Before
  // that is, `last_batch_bytes` of it are the batch's.
  std::size_t idle_bytes(std::size_t beside = 0) const;
  std::size_t last_batch_bytes() const { return last_batch_bytes_; }

  // While a statement reads it, that one's end, deadline and transaction are its own.
  void follow(const exec::QueryContext& statement);
  void rest();

  // What it was opened by, for those who list cursors.
  value::Value original;
  // The collection that it is over.
  std::optional<CursorSource> source;

 private:
  friend Result<bool> read_batch(Cursor& cursor, const BatchLimits& limits,
                                 std::vector<value::Value>& rows);
  const std::string ns_;
  const CursorTraits traits_;
  value::Account account_;  // pays for what it holds; before the context, which refers to it
  exec::QueryContext context_;
  std::deque<value::Value> kept_;     // rows that were read and did not fit their batch
  std::uint64_t given_ = 0;           // rows
  std::size_t last_batch_bytes_ = 0;  // of BSON, which is the least that they take
  bool ended_ = false;
};

// The next batch, behind `rows`. False: nothing follows. It ends early where the memory of a query
// does, but not before its first row.
Result<bool> read_batch(Cursor& cursor, const BatchLimits& limits, std::vector<value::Value>& rows);

// Rows that are there already: results of commands that list something.
std::unique_ptr<Cursor> make_list_cursor(CommandCall& call, std::string ns,
                                         std::vector<value::Value> rows);

// What a command that lists something says of the first batch, {batchSize}: without it there is no
// limit of rows. 40415, 14, 51024 for other documents.
Result<BatchLimits> list_limits(const CommandCall& call);

// The reply of the command that opens a cursor: {cursor: {firstBatch, id, ns}}. Reads the first
// batch (of 0 rows: none), and keeps the cursor where more may follow, unless `single_batch`. An
// error of the cursor is returned as it is. In a transaction the cursor lives as long as it does.
Result<Reply> open_cursor(CommandCall& call, std::unique_ptr<Cursor> cursor,
                          const BatchLimits& limits, bool single_batch = false);
// The reply of one that has no rows.
Reply empty_cursor(std::string ns);

}  // namespace octavo::mongodb
